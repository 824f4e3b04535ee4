"""The configuration: read from JSON5, YAML or a mapping, judged as a whole, explained by its keys."""

from voicecall_sdk.config.config import Config
from voicecall_sdk.config.migrate import Migration, migrate
from voicecall_sdk.config.reachability import is_local_url, is_loopback_host
from voicecall_sdk.config.rules import rules_of
from voicecall_sdk.config.schema import schema

__all__ = ["Config", "Migration", "is_local_url", "is_loopback_host", "migrate", "rules_of", "schema"]
