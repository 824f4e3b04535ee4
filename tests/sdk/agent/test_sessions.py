"""Session keys: the whole table of the reference, section 11.2."""

from __future__ import annotations

import pytest

from voicecall_sdk.agent.sessions import session_key
from voicecall_sdk.values import CallId

CALL = CallId("7F0C-call")
FAR = "+1 (555) 000-5678"


@pytest.mark.parametrize(
    ("explicit", "key"),
    [
        ("agent:sales:main", "agent:sales:main"),
        ("agent:sales:voice:15550005678", "agent:sales:voice:15550005678"),
        ("AGENT:Sales:Some:Thing", "agent:sales:some:thing"),
        ("agent:other:main", "agent:sales:agent:other:main"),
        ("agent:sales", "agent:sales:agent:sales"),
        ("agent:sales:", "agent:sales:agent:sales:"),
        ("agent:", "agent:sales:agent:"),
        ("agent::x", "agent:sales:agent::x"),
        ("global", "global"),
        ("Unknown", "unknown"),
        ("main", "agent:sales:main"),
        ("Customer-17", "agent:sales:customer-17"),
        ("  padded ", "agent:sales:padded"),
    ],
)
@pytest.mark.parametrize("scope", ["per-phone", "per-call", "main"])
def test_a_key_that_was_asked_for(explicit: str, key: str, scope: str) -> None:
    assert session_key(scope=scope, agent_id="Sales", call_id=CALL, far_end=FAR, explicit=explicit) == key


@pytest.mark.parametrize(
    ("scope", "far_end", "key"),
    [
        ("main", FAR, "agent:sales:main"),
        ("per-call", FAR, "agent:sales:voice:call:7f0c-call"),
        ("per-phone", FAR, "agent:sales:voice:15550005678"),
        ("per-phone", "anonymous", "agent:sales:voice:7f0c-call"),
        ("per-phone", "", "agent:sales:voice:7f0c-call"),
        ("per-phone", "sip:bob@example.com", "agent:sales:voice:7f0c-call"),
    ],
)
@pytest.mark.parametrize("explicit", [None, "", "  "])
def test_a_key_by_scope(scope: str, far_end: str, key: str, explicit: str | None) -> None:
    assert session_key(scope=scope, agent_id="Sales", call_id=CALL, far_end=far_end, explicit=explicit) == key


def test_a_host_with_one_memory_for_all() -> None:
    def key(scope: str) -> str:
        return session_key(scope=scope, agent_id="a", call_id=CALL, far_end=FAR, host_is_global=True)

    assert key("main") == "global"
    assert key("per-phone") == "agent:a:voice:15550005678"


def test_a_key_is_its_own_key() -> None:
    for scope in ("main", "per-call", "per-phone"):
        key = session_key(scope=scope, agent_id="a", call_id=CALL, far_end=FAR)
        assert session_key(scope="main", agent_id="a", call_id=CallId("other"), far_end="", explicit=key) == key
