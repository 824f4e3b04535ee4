"""Tin Can, a carrier that does not exist: scripts in JSON, and a small REST interface."""

from tests.tincan.sdk import rest, script, signature, webhooks
from tests.tincan.sdk.settings import TincanSettings
from voicecall_sdk.carriers.carrier import Carrier

carrier = Carrier(
    name="tincan",
    abilities=frozenset(),
    required_headers=(frozenset({signature.HEADER}),),
    verify=signature.verify,
    understand=webhooks.understand,
    document=script.reply,
    express=rest.express,
    interpret=rest.interpret,
    authorize=rest.authorize,
    base_url=lambda credentials: "https://api.tincan.example/v1",
    settings=TincanSettings,
    voice_of=lambda name: name or "",
)
