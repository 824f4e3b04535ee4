"""When a request is believed without a valid signature, over all switches; and nothing else makes it so."""

from __future__ import annotations

from itertools import product

import pytest

from voicecall_sdk.config import Config
from voicecall_sdk.errors import Forged, Mismatched
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server.trust import Leniency, prove_unsigned, tolerates

REMOTES = {
    "127.0.0.1": True,
    "127.8.9.10": True,
    "::1": True,
    "::ffff:127.0.0.1": True,
    "::ffff:127.1.2.3": True,
    "10.0.0.9": False,
    "203.0.113.9": False,
    "::ffff:203.0.113.9": False,
    "2001:db8::1": False,
    "fe80::1": False,
    "0.0.0.0": False,
    "::": False,
    "localhost": False,
    "127.0.0.1:80": False,
    "": False,
    None: False,
}
"""Peers, and whether they are this machine."""

URLS = {
    "https://abc.ngrok-free.app/voice/webhook": True,
    "https://abc.ngrok-free.app:443/voice/webhook": True,
    "https://ABC.ngrok-free.app/voice/webhook": True,
    "https://abc.ngrok-free.dev/voice/webhook": True,
    "https://abc.ngrok.io/voice/webhook": True,
    "https://voice.example.com/voice/webhook": False,
    "https://ngrok-free.app.example.com/voice/webhook": False,
    "https://voice.example.com/abc.ngrok-free.app": False,
    "https://voice.example.com/?x=abc.ngrok-free.app": False,
    "https://abc.ngrok-free.app@voice.example.com/": False,
    "https://evilngrok-free.app/": False,
    "https://abc.ngrok.app/voice/webhook": False,  # a paid address
    "https://127.0.0.1:3334/voice/webhook": False,
    "https://[::1]/voice/webhook": False,
}
"""URLs, and whether their host is one of ngrok's free ones."""


def request(remote: str | None = "127.0.0.1", body: bytes = b"a=b", target: str = "/voice/webhook") -> WebhookRequest:
    return WebhookRequest(method="POST", target=target, headers={"x-twilio-signature": "x"}, body=body, remote=remote)


@pytest.mark.parametrize("on", [False, True])
def test_the_loopback_bypass_over_all_there_is(on: bool) -> None:
    for (remote, local), (url, free) in product(REMOTES.items(), URLS.items()):
        for forgery, invalid in ((Mismatched("Invalid signature"), True), (Forged("Missing signature"), False)):
            excuse = tolerates(Leniency(ngrok_loopback=on), forgery, request(remote), [url])
            assert (excuse is not None) is (on and local and free and invalid), (remote, url, forgery)


def test_without_a_url_there_is_no_excuse() -> None:
    assert tolerates(Leniency(ngrok_loopback=True), Mismatched("Invalid signature"), request(), []) is None


BINDS = {"127.0.0.1": True, "::1": True, "localhost": True, "127.0.0.9": True}
BINDS |= {"0.0.0.0": False, "::": False, "10.0.0.7": False, "voice.example.com": False}
TUNNELS = {"ngrok": True, "none": False, "tailscale-serve": False, "tailscale-funnel": False}


CARRIERS = {"twilio": True, "telnyx": False, "plivo": False, "mock": False}
"""Carriers, and whether the bypass was made for them."""


def test_the_bypass_takes_all_three_settings() -> None:
    table = product(CARRIERS.items(), BINDS.items(), TUNNELS.items(), (False, True))
    for (carrier, meant), (bind, local), (tunnel, ngrok), flag in table:
        config = Config.load(
            {
                "provider": carrier,
                "serve": {"bind": bind},
                "tunnel": {"provider": tunnel, "allowNgrokFreeTierLoopbackBypass": flag},
            },
            env={},
        )
        assert config.leniency == Leniency(ngrok_loopback=meant and local and ngrok and flag), (carrier, bind, tunnel)


def test_skipping_is_refused_where_strangers_can_connect() -> None:
    for bind, local in BINDS.items():
        config = Config.load({"provider": "mock", "serve": {"bind": bind}, "skipSignatureVerification": True}, env={})
        refused = [problem for problem in config.problems if problem.path == "skipSignatureVerification"]
        assert bool(refused) is not local, bind
        assert config.leniency.skip


def test_what_is_unsigned_is_known_by_its_content() -> None:
    keys = {
        prove_unsigned("mock", each).key
        for each in (
            request(),
            request(remote="203.0.113.9"),  # who brings it does not matter
            request(body=b"a=c"),
            request(target="/voice/webhook?a=b"),
            request(target="/voice/webhook\n", body=b""),
        )
    }
    assert len(keys) == 4
    assert prove_unsigned("mock", request()).key != prove_unsigned("other", request()).key


def test_target_and_body_cannot_be_shifted_into_each_other() -> None:
    assert prove_unsigned("m", request(None, b"y", "/x")).key != prove_unsigned("m", request(None, b"", "/xy")).key
