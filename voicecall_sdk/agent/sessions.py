"""Session keys: which memory a conversation belongs to (reference, section 11.2).

| given                              | key                                                               |
|------------------------------------|-------------------------------------------------------------------|
| `agent:<same agent>:…`             | kept                                                              |
| `agent:<other agent>:…`, malformed | opaque: `agent:<agent>:<given>`                                   |
| `global`, `unknown`                | kept                                                              |
| anything else                      | `agent:<agent>:<given>`                                           |
| nothing, scope `main`              | `agent:<agent>:main`, or `global` where the host's scope is that  |
| nothing, scope `per-call`          | `agent:<agent>:voice:call:<callId>`                               |
| nothing, scope `per-phone`         | `agent:<agent>:voice:<digits of the far end>`, or else the call id |
"""

from __future__ import annotations

from typing import Final

from voicecall_sdk.values import CallId, digits_of

SENTINELS: Final = frozenset({"global", "unknown"})


def session_key(
    *,
    scope: str,
    agent_id: str,
    call_id: CallId,
    far_end: str,
    explicit: str | None = None,
    host_is_global: bool = False,
) -> str:
    """The session key of a call, in lower case. `explicit` is one that was asked for; blank is as good as none."""
    agent = agent_id.strip().lower()
    given = (explicit or "").strip().lower()
    if given:
        return _kept(given, agent)
    if scope == "main":
        return "global" if host_is_global else f"agent:{agent}:main"
    if scope == "per-call":
        return f"agent:{agent}:voice:call:{call_id}".lower()
    return f"agent:{agent}:voice:{digits_of(far_end) or call_id}".lower()


def _kept(given: str, agent: str) -> str:
    if given in SENTINELS:
        return given
    own = f"agent:{agent}:"
    return given if given.startswith(own) and given != own else own + given
