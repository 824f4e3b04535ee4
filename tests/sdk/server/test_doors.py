"""Deployments x carriers x requests: a genuine one is never refused where the settings describe the deployment truly,
a forged one never changes anything, whatever it says of where it comes from.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.server.deployments import ALL, CARRIER, LOOPBACK, PATH, PINNED, PROXY, Deployment
from tests.sdk.server.door import Desk, Memory, Midnight
from tests.sdk.server.signing import CREDENTIALS, NOW, SENDERS, SIGNATURES, sent
from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.config import Config
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server.webhooks import Gate, WebhookServer

QUERIES: Final = ("", "callId=c1&flow=heard&step=s1", "b=1&a=2", "text=a%20b%26c&empty=", "q=%C3%A9%E2%98%83")


class House:
    """A server as a configuration makes it, and what came of the requests that reached it."""

    def __init__(self, carrier: str, public: str | None, tunnel: str | None, config: Config) -> None:
        self.desk = Desk(Memory())
        gate = Gate(
            carrier=CARRIERS[carrier],
            credentials=config.credentials,
            forwarding=config.forwarding,
            leniency=config.leniency,
        )
        store: Any = self.desk.memory
        self.server = WebhookServer(
            path=PATH, gate=gate, store=store, clock=Midnight(), public_url=public, own_url=config.webhook_url
        )
        self.server.reception = self.desk  # type: ignore[assignment]
        if tunnel is not None:
            self.server.reached_at(tunnel)

    def asked(self, request: WebhookRequest) -> int:
        """The status that a request gets; it is forgotten then, but for what it did."""
        self.desk.memory.replies.clear()
        return self.server._answer(request).status


@lru_cache(maxsize=1024)
def house(carrier: str, name: str, more: tuple[tuple[str, Any], ...] = ()) -> House:
    """The server of a deployment, with more settings."""
    deployment = ALL[name]
    settings = dict(deployment.settings)
    serve = {"bind": settings.pop("bind", "127.0.0.1"), "path": PATH}
    security = {**settings.pop("webhookSecurity", {}), **dict(more)}
    whole = {
        "provider": carrier,
        carrier: CREDENTIALS[carrier],
        "serve": serve,
        "webhookSecurity": security,
        **settings,
    }
    return House(carrier, settings.get("publicUrl"), deployment.tunnel, Config.load(whole, env={}))


def arrives(
    deployment: Deployment, carrier: str, query: str = "", *, signed_for: str | None = None, key: str = "ours"
) -> WebhookRequest:
    """What our server sees of a carrier's request to the URL that it was given."""
    asked_for = (deployment.given if signed_for is None else signed_for) + (f"?{query}" if query else "")
    message = sent(carrier, asked_for, key=key)
    return WebhookRequest(
        method="POST",
        target=deployment.path + (f"?{query}" if query else ""),
        headers={"host": deployment.host, **deployment.headers, **message.headers},
        body=message.body,
        remote=deployment.remote,
    )


@pytest.fixture(autouse=True)
def _without_a_word() -> Iterator[None]:
    """Thousands of refusals are told, and not to be read."""
    log = logging.getLogger("voicecall_sdk.server.webhooks")
    before, log.disabled = log.disabled, True
    yield
    log.disabled = before


# --- the genuine ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier", SENDERS)
def test_the_genuine_is_believed_wherever_the_settings_are_true(carrier: str) -> None:
    for (name, deployment), query in product(ALL.items(), QUERIES):
        at = house(carrier, name)
        assert (name, query, at.asked(arrives(deployment, carrier, query))) == (name, query, 200)
    assert sum(len(house(carrier, name).desk.taken) for name in ALL) >= len(ALL) * len(QUERIES)


MORE_TRUST: Final = [
    (("trustForwardingHeaders", True),),
    (("trustForwardingHeaders", True), ("trustedProxyIPs", ("10.0.0.0/8",))),
    (("allowedHosts", ("other.example.com",)),),
    (("trustedProxyIPs", ("192.0.2.1",)),),
]


@pytest.mark.parametrize("carrier", SENDERS)
def test_where_the_public_url_is_known_trust_makes_no_difference(carrier: str) -> None:
    for (name, deployment), more, remote in product(
        PINNED.items(), MORE_TRUST, (PROXY, LOOPBACK, "203.0.113.66", None)
    ):
        request = replace(arrives(deployment, carrier), remote=remote)
        assert (name, more, remote, house(carrier, name, more).asked(request)) == (name, more, remote, 200)


# --- the forged -------------------------------------------------------------------------------------------------

EVIL: Final = "evil.example"

LIES: Final[Mapping[str, Mapping[str, str]]] = {
    "none": {},
    "Host": {"host": EVIL},
    "X-Forwarded-Host": {"x-forwarded-host": EVIL, "x-forwarded-proto": "https"},
    "X-Forwarded-Host beside the true one": {"x-forwarded-host": f"{EVIL}, voice.example.com"},
    "X-Original-Host": {"x-original-host": EVIL},
    "ngrok's": {"ngrok-forwarded-host": "abc.ngrok-free.app", "host": "abc.ngrok-free.app"},
    "Forwarded": {"forwarded": f"for=127.0.0.1;host={EVIL};proto=https"},
    "a prefix": {"x-forwarded-prefix": "/x", "x-forwarded-port": "444"},
    "from loopback": {"x-forwarded-for": LOOPBACK, "x-real-ip": LOOPBACK, "forwarded": "for=127.0.0.1"},
    "from a tailnet": {"tailscale-user-login": "anna@example.com", "tailscale-headers-info": "https://tailscale.com"},
}


def _with(request: WebhookRequest, name: str, change: Callable[[str], str]) -> WebhookRequest:
    return replace(request, headers={**request.headers, name: change(request.headers[name])})


def _flipped(signature: str) -> str:
    raw = bytearray(base64.b64decode(signature))
    raw[0] ^= 1
    return base64.b64encode(raw).decode()


FORGERIES: Final[Mapping[str, Callable[[WebhookRequest, str], WebhookRequest]]] = {
    "another key's": lambda request, name: request,  # signed with it already
    "no signature": lambda request, name: _with(request, name, lambda _: ""),
    "blanks": lambda request, name: _with(request, name, lambda _: "  "),
    "one bit off": lambda request, name: _with(request, name, _flipped),
    "cut short": lambda request, name: _with(request, name, lambda given: given[:-5]),
    "no base64": lambda request, name: _with(request, name, lambda _: "%%%%"),
    "other letters": lambda request, name: _with(request, name, lambda _: "é☃" * 14),
    "the key itself": lambda request, name: _with(request, name, lambda _: "sesame-7391-sesame-7391-sesame-7"),
    "another body": lambda request, name: replace(request, body=request.body.replace(b"5678", b"5679")),
    "more of a body": lambda request, name: replace(request, body=request.body + b"&Digits=1"),
    "no body": lambda request, name: replace(request, body=b""),
}


@pytest.mark.parametrize("carrier", SENDERS)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_the_forged_is_refused_whatever_it_says(carrier: str, forgery: str) -> None:
    key = "another" if forgery == "another key's" else "ours"
    strangers = (LOOPBACK, "203.0.113.66") if forgery in ("another key's", "another body") else ()
    for name, deployment in ALL.items():
        at = house(carrier, name)
        before = len(at.desk.taken)
        forged = FORGERIES[forgery](arrives(deployment, carrier, key=key), SIGNATURES[carrier])
        for (lie, headers), remote in product(LIES.items(), (deployment.remote, *strangers)):
            request = replace(forged, headers={**forged.headers, **headers}, remote=remote)
            assert (name, lie, remote, at.asked(request)) == (name, lie, remote, 401)
        assert len(at.desk.taken) == before


@pytest.mark.parametrize("carrier", ["twilio", "plivo"])
def test_what_was_signed_for_another_service_of_the_account_is_no_good_here(carrier: str) -> None:
    """A genuine request, taken on its way to another service that the same account calls, under all those lies.

    Where the settings take anybody's word, or know no address at all, there is nothing that it could be held against.
    """
    gullible = {"no proxy", "no proxy, IPv6", "the host is kept", "X-Original-Host"}
    elsewhere = f"https://{EVIL}{PATH}"
    for (name, deployment), (lie, headers) in product(ALL.items(), LIES.items()):
        if name in gullible:
            continue
        at = house(carrier, name)
        request = arrives(deployment, carrier, signed_for=elsewhere)
        request = replace(request, headers={**request.headers, **headers}, remote="203.0.113.66")
        taken = len(at.desk.taken)
        listed = "allowedHosts" in str(deployment.settings) or "publicUrl" in deployment.settings or deployment.tunnel
        by_host = lie == "Host" and not listed  # nobody forwarded it, and its own Host header says so
        assert (name, lie, at.asked(request)) == (name, lie, 200 if by_host else 401)
        assert len(at.desk.taken) == taken + by_host


@pytest.mark.parametrize("carrier", ["twilio", "plivo"])
def test_the_query_is_signed_too(carrier: str) -> None:
    for name, deployment in ALL.items():
        at = house(carrier, name)
        request = arrives(deployment, carrier, "callId=c1")
        for target in (f"{PATH}?callId=c2", PATH, f"{PATH}?callId=c1&turn=t1", f"{PATH}?callId=c1&callId=c2"):
            assert (name, target, at.asked(replace(request, target=target))) == (name, target, 401)


# --- where it is infinite ---------------------------------------------------------------------------------------

NAMES: Final = (
    "host",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-for",
    "x-original-host",
    "ngrok-forwarded-host",
    "forwarded",
)
PIECES: Final = st.sampled_from(
    [
        "voice.example.com",
        EVIL,
        ":8443",
        "@",
        "/",
        "?",
        "#",
        ",",
        ";",
        '"',
        "\\",
        "[::1]",
        "host=",
        "proto=http",
        " ",
        "é",
    ]
)
VALUES: Final = st.lists(PIECES, max_size=5).map("".join) | st.text(st.characters(codec="latin-1"), max_size=20)
SAID: Final = st.dictionaries(st.sampled_from(NAMES), VALUES)
REMOTE: Final = st.sampled_from([PROXY, LOOPBACK, CARRIER, "::1", "fe80::1", "not an address", None])
WORLD: Final = st.tuples(st.sampled_from(sorted(SENDERS)), st.sampled_from(sorted(ALL)), SAID, REMOTE)


@given(WORLD)
def test_nothing_that_is_said_makes_the_forged_genuine(world: Any) -> None:
    carrier, name, said, remote = world
    for at in (house(carrier, name), house(carrier, name, MORE_TRUST[0])):
        before = len(at.desk.taken)
        request = arrives(ALL[name], carrier, key="another")
        assert at.asked(replace(request, headers={**request.headers, **said}, remote=remote)) == 401
        assert len(at.desk.taken) == before


@given(WORLD)
def test_nothing_that_is_said_makes_the_genuine_forged_where_the_url_is_known(world: Any) -> None:
    carrier, name, said, remote = world
    if name in PINNED:
        request = arrives(PINNED[name], carrier)
        changed = replace(request, headers={**request.headers, **said}, remote=remote)
        assert house(carrier, name).asked(changed) == 200


def test_the_table_is_as_it_says() -> None:
    for name, deployment in ALL.items():
        assert (name in PINNED) is ("publicUrl" in deployment.settings or deployment.tunnel is not None)
        assert urlsplit(deployment.given).path.endswith(PATH) or name in PINNED
    assert Midnight().wall() == NOW
