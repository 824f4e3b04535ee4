"""Environment variables that stand in for keys (reference, section 2.7).

A variable counts only where its key is not set, and a blank one is as good as none. A carrier's variables are read
when it is the selected one, a vendor's when something is switched on that needs it, those of the tunnel always.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from voicecall_sdk.config.compose import Catalogue

Path = tuple[str, ...]

ALWAYS: Final[tuple[tuple[Path, tuple[str, ...]], ...]] = (
    (("tunnel", "ngrokAuthToken"), ("NGROK_AUTHTOKEN",)),
    (("tunnel", "ngrokDomain"), ("NGROK_DOMAIN",)),
    (("tts", "prefsPath"), ("OPENCLAW_TTS_PREFS",)),
)

FOR_STREAMING: Final[tuple[tuple[Path, tuple[str, ...]], ...]] = (
    (("streaming", "providers", "openai", "apiKey"), ("OPENAI_API_KEY",)),
    (("tts", "providers", "openai", "apiKey"), ("OPENAI_API_KEY",)),
    (("tts", "providers", "openai", "baseUrl"), ("OPENAI_TTS_BASE_URL",)),
    (("tts", "providers", "elevenlabs", "apiKey"), ("ELEVENLABS_API_KEY", "XI_API_KEY")),
)

FOR_REALTIME: Final[tuple[tuple[Path, tuple[str, ...]], ...]] = (
    (("realtime", "providers", "openai", "apiKey"), ("OPENAI_API_KEY",)),
)


def value_of(env: Mapping[str, str], name: str) -> str | None:
    """A variable's value without surrounding blanks; None when that leaves nothing."""
    return env.get(name, "").strip() or None


def api_url_variable(carrier: str) -> str:
    """The variable that moves a carrier's REST interface to another base URL."""
    return f"VOICECALL_{carrier.upper().replace('-', '_')}_API_URL"


def stand_ins(config: Mapping[str, Any], env: Mapping[str, str], carriers: Catalogue) -> dict[Path, tuple[str, str]]:
    """What the environment adds to a configuration: for each key its value and the variable it came from."""
    found = {}
    for path, names in _candidates(config, carriers):
        if _at(config, path) is not None:
            continue
        for name in names:
            if value := value_of(env, name):
                found[path] = (value, name)
                break
    return found


def filled(config: Mapping[str, Any], additions: Mapping[Path, tuple[str, str]]) -> dict[str, Any]:
    """The configuration with these additions. A block that is not one is left for validation to refuse."""
    result = dict(config)
    for path, (value, _) in additions.items():
        _put(result, path, value)
    return result


def _candidates(config: Mapping[str, Any], carriers: Catalogue) -> Iterator[tuple[Path, tuple[str, ...]]]:
    yield from ALWAYS
    provider = config.get("provider")
    if isinstance(provider, str) and provider in carriers:
        settings = carriers[provider]
        yield from (((provider, key), (name,)) for key, name in settings.env.items())
        yield from (((key,), (name,)) for key, name in settings.shared_env.items())
    if _at(config, ("streaming", "enabled")) is True:
        yield from FOR_STREAMING
    if _at(config, ("realtime", "enabled")) is True:
        yield from FOR_REALTIME


def _at(config: Any, path: Path) -> Any:
    for key in path:
        config = config.get(key) if isinstance(config, Mapping) else None
    return config


def _put(config: dict[str, Any], path: Path, value: str) -> None:
    key, *rest = path
    if not rest:
        config[key] = value
        return
    below = config.get(key)
    if below is None or isinstance(below, Mapping):
        config[key] = dict(below or {})
        _put(config[key], tuple(rest), value)
