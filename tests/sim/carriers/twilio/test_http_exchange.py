"""The bytes of one request and of its reply, however the reply comes in."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import itertools
import zlib
from collections.abc import Iterator, Sequence

import pytest
from aiohttp import http
from aiohttp.client_exceptions import ClientPayloadError
from aiohttp.http_parser import HttpParser, HttpResponseParserPy
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.carriers.twilio.answers import LOST, READ_TIMEOUT, VIOLATION, Answer, Failure, Reply
from voicecall_sim.carriers.twilio.http_exchange import HttpExchange

LIMIT = 1000
OK = b"HTTP/1.1 200 OK\r\n"
SHUT, RESET = None, ConnectionResetError()
"""How a connection ends; `...` where it stays open."""
WORDS = b"well, hello " * 50
ZIPPED, DEFLATED = gzip.compress(WORDS, mtime=0), zlib.compress(WORDS)
BOMB = gzip.compress(bytes(5_000_000), mtime=0)


def sized(body: bytes, head: bytes = b"", status: bytes = OK) -> bytes:
    return status + head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(*chunks: bytes, head: bytes = b"", end: bytes = b"0\r\n\r\n") -> bytes:
    parts = (b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return OK + head + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(parts) + end


# what is sent, how it ends, and the status and body of the reply, or the failure
SHAPES = {
    "sized": (sized(b"ok"), ..., (200, b"ok")),
    "sized and closed": (sized(b"ok"), SHUT, (200, b"ok")),
    "sized and reset": (sized(b"ok"), RESET, (200, b"ok")),
    "empty": (sized(b""), ..., (200, b"")),
    "chunked": (chunked(b"ab", b"cde"), ..., (200, b"abcde")),
    "chunked and empty": (chunked(), ..., (200, b"")),
    "chunk extensions": (OK + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n", ..., (200, b"ok")),
    "trailers": (chunked(b"ok", end=b"0\r\nX: y\r\n\r\n"), ..., (200, b"ok")),
    "many chunks": (chunked(*[b"x"] * 900), ..., (200, b"x" * 900)),
    "until closed": (OK + b"\r\nabc", SHUT, (200, b"abc")),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nabc", SHUT, (200, b"abc")),
    "until reset": (OK + b"\r\nabc", RESET, LOST),
    "shorter than said": (OK + b"Content-Length: 9\r\n\r\nabc", SHUT, LOST),
    "reset in mid-body": (OK + b"Content-Length: 9\r\n\r\nabc", RESET, LOST),
    "chunks that do not end": (chunked(b"ab", end=b""), SHUT, LOST),
    "nothing": (b"", SHUT, LOST),
    "reset": (b"", RESET, LOST),
    "half a head": (OK + b"Conte", SHUT, LOST),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", ..., (204, b"")),
    "304 that tells a length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ..., (304, b"")),
    "100": (b"HTTP/1.1 100 Continue\r\n\r\n" + sized(b"ok"), ..., (200, b"ok")),
    "103 twice": (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 2 + sized(b"ok"), ..., (200, b"ok")),
    "101": (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nxyz", ..., (101, b"")),
    "gzip": (sized(ZIPPED, b"Content-Encoding: gzip\r\n"), ..., (200, WORDS)),
    "deflate": (sized(DEFLATED, b"Content-Encoding: deflate\r\n"), ..., (200, WORDS)),
    "gzip in chunks": (chunked(ZIPPED[:9], ZIPPED[9:], head=b"Content-Encoding: gzip\r\n"), ..., (200, WORDS)),
    "gzip that is none": (sized(b"hello", b"Content-Encoding: gzip\r\n"), ..., LOST),
    "another encoding": (sized(b"ok", b"Content-Encoding: klingon\r\n"), ..., (200, b"ok")),
    "as long as wanted": (sized(b"x" * LIMIT), ..., (200, b"x" * LIMIT)),
    "no reason": (sized(b"ok", status=b"HTTP/1.1 200\r\n"), ..., (200, b"ok")),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", ..., (200, b"ok")),
    "folded": (sized(b"ok", b"X: a\r\n b\r\n"), ..., (200, b"ok")),
    "no HTTP": (b"hello world\r\n\r\n", ..., VIOLATION),
    "an SSH server": (b"SSH-2.0-OpenSSH_9.9\r\n", ..., VIOLATION),
    "a TLS alert": (b"\x15\x03\x01\x00\x02\x02\x46", ..., VIOLATION),
    "a header without a colon": (OK + b"Foo Bar\r\n\r\n", ..., VIOLATION),
    "a length that is none": (OK + b"Content-Length: x\r\n\r\n", ..., VIOLATION),
    "two lengths": (OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n", ..., VIOLATION),
    "a chunk without a length": (chunked(end=b"zz\r\n"), ..., VIOLATION),
    "a second chunk without a length": (chunked(b"ok", end=b"zz\r\n"), ..., VIOLATION),
}
TOO_LONG = {
    "sized": (sized(b"x" * 1001), ...),
    "much longer": (sized(b"x" * 300_000), ...),
    "chunked": (chunked(b"x" * 900, b"x" * 900), ...),
    "until closed": (OK + b"\r\n" + b"x" * 3000, SHUT),
    "a bomb": (sized(BOMB, b"Content-Encoding: gzip\r\n"), ...),
}


class Wire(asyncio.Transport):
    """Notes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def made(loop: asyncio.AbstractEventLoop, request: bytes = b"POST / HTTP/1.1\r\n\r\n") -> HttpExchange:
    exchange = HttpExchange(loop, request, LIMIT, None)
    exchange.connection_made(Wire())
    return exchange


def answered(loop: asyncio.AbstractEventLoop, parts: Sequence[bytes], end: object) -> Answer:
    exchange = made(loop)
    for part in parts:
        exchange.data_received(part)
    if end is not ...:
        exchange.connection_lost(end)  # type: ignore[arg-type]
    return exchange.answer.result()


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges) if a < b]


@given(st.sampled_from(sorted(SHAPES)), st.lists(st.integers(0, 10_000), max_size=8))
def test_a_reply_is_the_same_however_its_bytes_come_in(
    loop: asyncio.AbstractEventLoop, name: str, places: list[int]
) -> None:
    data, end, told = SHAPES[name]
    answer = answered(loop, cut(data, places), end)
    assert (answer if isinstance(answer, Failure) else (answer.status, answer.body)) == told
    assert isinstance(answer, Failure) or answer.whole


@pytest.mark.parametrize("name", SHAPES)
def test_byte_by_byte_it_is_the_same_too(loop: asyncio.AbstractEventLoop, name: str) -> None:
    data, end, told = SHAPES[name]
    answer = answered(loop, [data[i : i + 1] for i in range(len(data))], end)
    assert (answer if isinstance(answer, Failure) else (answer.status, answer.body)) == told


@given(st.sampled_from(sorted(TOO_LONG)), st.lists(st.integers(0, 400_000), max_size=8))
def test_of_a_long_body_the_beginning_is_read(loop: asyncio.AbstractEventLoop, name: str, places: list[int]) -> None:
    data, end = TOO_LONG[name]
    answer = answered(loop, cut(data, places), end)
    assert isinstance(answer, Reply)
    assert (answer.status, len(answer.body), answer.whole) == (200, LIMIT, False)


def test_what_a_reply_tells(loop: asyncio.AbstractEventLoop) -> None:
    head = b"Content-Type: text/xml\r\nSet-Cookie: a=b\r\nset-cookie: c=d; Path=/\r\nX-Name: J\xc3\xbcrgen\r\n"
    answer = answered(loop, [sized(b"<Response/>", head, b"HTTP/1.1 201 Made It\r\n")], ...)
    assert isinstance(answer, Reply)
    assert (answer.status, answer.reason, answer.body) == (201, "Made It", b"<Response/>")
    assert answer.headers["content-type"] == "text/xml"
    assert answer.headers["X-Name"] == "Jürgen"
    assert answer.cookies == ("a=b", "c=d; Path=/")


def test_a_reply_to_head_has_no_body(loop: asyncio.AbstractEventLoop) -> None:
    exchange = made(loop, b"HEAD / HTTP/1.1\r\n\r\n")
    exchange.data_received(OK + b"Content-Length: 9\r\n\r\n")
    answer = exchange.answer.result()
    assert isinstance(answer, Reply)
    assert (answer.status, answer.body) == (200, b"")


def test_the_request_leaves_at_once_and_as_it_is(loop: asyncio.AbstractEventLoop) -> None:
    exchange, wire = HttpExchange(loop, b"anything", LIMIT, None), Wire()
    exchange.connection_made(wire)
    assert wire.written == [b"anything"]
    exchange.settle(LOST)


def test_the_first_outcome_holds(loop: asyncio.AbstractEventLoop) -> None:
    exchange = made(loop)
    exchange.data_received(sized(b"ok"))
    exchange.data_received(b"and more")
    exchange.settle(READ_TIMEOUT)
    exchange.connection_lost(ConnectionResetError())
    answer = exchange.answer.result()
    assert isinstance(answer, Reply)
    assert answer.body == b"ok"


def test_nothing_holds_on_to_what_is_over(loop: asyncio.AbstractEventLoop) -> None:
    exchange = made(loop)
    exchange.data_received(chunked(b"ab"))
    exchange.connection_lost(None)
    assert (exchange._parser, exchange.transport, exchange._silence) == (None, None, None)


@pytest.mark.parametrize("parser", [http.HttpResponseParser, HttpResponseParserPy])
def test_the_parser_is_the_one_that_is_known(loop: asyncio.AbstractEventLoop, parser: type[HttpParser[object]]) -> None:
    """`HttpResponseParser` is a private part of aiohttp: this is all that is asked of it."""
    options = {"payload_exception": ClientPayloadError, "response_with_body": True, "read_until_eof": True}
    exchange = made(loop)
    made_anew = parser(exchange, loop, LIMIT, **options)  # type: ignore[arg-type]
    ((message, payload),), upgraded, rest = made_anew.feed_data(sized(b"ok"))
    assert (upgraded, rest) == (False, b"")
    assert (message.code, message.reason, message.headers["content-length"]) == (200, "OK", "2")  # type: ignore[attr-defined]
    assert (payload.is_eof(), payload.exception(), payload.total_bytes) == (True, None, 2)
    assert payload.read_nowait() == b"ok"
    assert {"feed_eof", "pause_reading"} <= set(dir(parser))
    assert "pause_reading" in dict(inspect.getmembers(HttpExchange))
    exchange.settle(LOST)
