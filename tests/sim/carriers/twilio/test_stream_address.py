"""Where a stream goes, and what is no address; which exception is which code."""

from __future__ import annotations

import errno
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from voicecall_sim.carriers.streaming.sockets import Unopened
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.stream_address import address
from voicecall_sim.carriers.twilio.stream_failures import unopened

DOCUMENT = Callback(url="https://app.example/twiml/voice?x=1#rc=2")


@pytest.mark.parametrize(
    ("url", "requested"),
    [
        ("wss://app.example/media", "wss://app.example/media"),
        ("wss://app.example/media/", "wss://app.example/media/"),
        ("wss://app.example", "wss://app.example/"),
        ("WSS://App.Example/M", "wss://App.Example/M"),
        ("wss://app.example:8443/media", "wss://app.example:8443/media"),
        ("wss://app.example/media?token=1&a=b", "wss://app.example/media"),
        ("wss://app.example?token=1", "wss://app.example/"),
        ("wss://app.example/media#x?y", "wss://app.example/media"),
        ("wss://user:word@app.example/media", "wss://app.example/media"),
        ("wss://203.0.113.7/m", "wss://203.0.113.7/m"),
        ("/media", "wss://app.example/media"),
        ("media?x=1", "wss://app.example/twiml/media"),
        ("//other.example/m", "wss://other.example/m"),
    ],
)
def test_addresses(url: str, requested: str) -> None:
    assert address(url, DOCUMENT) == requested


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", 31923),
        ("wss://", 31923),
        ("wss:///media", 31923),
        ("wss://app example/media", 31923),
        ("wss://app.example/me dia", 31923),
        ("wss://app.example:99999/media", 31923),
        ("wss://-app.example-/media", 31923),
        ("ws://app.example/media", 31922),
        ("https://app.example/media", 31922),
        ("http://app.example/media", 31922),
        ("ftp://app.example/media", 31922),
    ],
)
def test_what_is_none(url: str, code: int) -> None:
    with pytest.raises(Unopened) as caught:
        address(url, DOCUMENT)
    assert caught.value.code == code


@pytest.mark.parametrize("url", ["media", "/media", "app.example/media"])
def test_without_a_document_nothing_is_relative(url: str) -> None:
    with pytest.raises(Unopened) as caught:
        address(url)
    assert caught.value.code == 31923


def test_plain_sockets_on_loopback_are_for_emulators() -> None:
    plain = Callback(url="http://127.0.0.1:3334/voice")
    assert address("/media", plain, local=True) == "ws://127.0.0.1:3334/media"
    assert address("ws://localhost:3334/media", local=True) == "ws://localhost:3334/media"
    with pytest.raises(Unopened):
        address("/media", plain)
    with pytest.raises(Unopened):
        address("http://localhost/media", local=True)


KEY = ConnectionKey("app.example", 443, True, True, None, None, None)
REQUEST: Any = SimpleNamespace(real_url="wss://app.example/media")


def connector(number: int) -> aiohttp.ClientConnectorError:
    return aiohttp.ClientConnectorError(KEY, OSError(number, "x"))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TimeoutError(), 31901),
        (connector(errno.ETIMEDOUT), 31901),
        (connector(errno.ECONNREFUSED), 31902),
        (connector(errno.ECONNRESET), 31903),
        (connector(errno.EHOSTUNREACH), 31904),
        (connector(errno.ENETUNREACH), 31904),
        (connector(errno.EMFILE), 31900),
        (aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "Name or service not known")), 31904),
        (aiohttp.ClientConnectorSSLError(KEY, OSError(1, "x")), 31910),
        (aiohttp.ClientConnectorCertificateError(KEY, Exception("x")), 31910),
        (aiohttp.ServerDisconnectedError(), 31903),
        (ConnectionResetError(errno.ECONNRESET, "x"), 31903),
        (BrokenPipeError(errno.EPIPE, "x"), 31903),
        (aiohttp.WSServerHandshakeError(REQUEST, (), status=101, message="Invalid challenge response"), 31924),
        (aiohttp.ClientResponseError(REQUEST, (), status=400, message="x"), 31924),
        (ValueError("x"), 31900),
    ],
    ids=str,
)
def test_codes_of_failures(error: BaseException, code: int) -> None:
    failure = unopened(error)
    assert (failure.code, failure.status) == (code, None)
    assert failure.detail
