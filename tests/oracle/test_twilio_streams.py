"""Twilio's own library against the emulator's media streams: its documents, its client, its validator."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml import voice_response as twiml
from twilio.twiml.voice_response import Connect, Start, Stop, Stream, VoiceResponse

from tests.tools.openapi import FILE, Description
from tests.tools.stream_server import MEDIA, MediaServer, media_server
from tests.tools.twilio_world import APP, Answer, Stage, staged
from voicecall_sim.carriers.twilio.markup import read_document
from voicecall_sim.carriers.twilio.stream_markup import UNEMULATED_NOUNS
from voicecall_sim.carriers.twilio.verbs import Unemulated

# The vendor's client uses what its HTTP library has deprecated.
pytestmark = pytest.mark.filterwarnings(
    "ignore:BasicAuth is deprecated", "ignore:The 'auth' parameter is deprecated", "ignore:The object should be created"
)


@asynccontextmanager
async def calling(stage: Stage) -> AsyncIterator[Client]:
    """The asynchronous client, unmodified, with its usual address."""
    account = stage.carrier.account
    async with AsyncTwilioHttpClient() as http:
        yield Client(account.sid, account.auth_token, http_client=http)


def judge(stage: Stage, count: int) -> None:
    """Judge the answers about streams by Twilio's description, where it is at hand."""
    if not FILE.is_file():
        return
    description, judged = Description(), 0
    for entry in stage.written("request"):
        if "/Streams" in entry.data["path"] and entry.data["status"] == 200:
            _, _, body = entry.evidence["response"].partition("\n\n")
            judged += description.judge(entry.data["method"], entry.data["path"], 200, json.loads(body))
    assert judged == count


def served(stage: Stage, response: VoiceResponse) -> None:
    stage.app.answers["/voice"] = Answer(str(response))


async def valid(stage: Stage, server: MediaServer) -> bool:
    """Whether the vendor's validator accepts every upgrade."""
    validator = RequestValidator(stage.carrier.account.auth_token)
    upgrades = [(f"wss://{request.host}{request.path_qs}", request.headers) for request in server.requests]
    return all(validator.validate(url, {}, headers["X-Twilio-Signature"]) for url, headers in upgrades)


@staged
async def test_a_two_way_stream_by_the_clients_own_document(stage: Stage) -> None:
    response = VoiceResponse()
    connect = response.connect(action=f"{APP}/after", method="GET")
    stream = connect.stream(url=f"{MEDIA}?lost=1", name="talk", track="inbound_track", status_callback=f"{APP}/stream")
    stream.parameter(name="token", value="a & b")
    served(stage, response)
    stage.app.answers["/after"] = "<Hangup/>"
    async with media_server(stage) as server:
        stage.phone()
        stage.place()
        await stage.wait(5)
        media = server.socket
        assert media.of("start")[0]["start"]["customParameters"] == {"token": "a & b"}
        assert await valid(stage, server)
        await media.mark("x")
        await stage.wait(1)
        await media.socket.close()
        await stage.over()
        assert media.of("mark")
    assert [request.method for request in stage.app.at("/after")] == ["GET"]
    validator = RequestValidator(stage.carrier.account.auth_token)
    for request in stage.app.at("/stream"):
        assert validator.validate(f"{APP}/stream", request.params, request.headers["X-Twilio-Signature"])
        assert request.params["StreamName"] == "talk"
    assert len(stage.app.at("/stream")) == 2
    assert stage.codes == []


@staged
async def test_one_way_streams_by_the_clients_own_documents(stage: Stage) -> None:
    response = VoiceResponse()
    response.start().stream(url=MEDIA, name="listen", track="both_tracks")
    response.pause(length=2)
    stop = Stop()
    stop.stream(name="listen")
    response.append(stop)
    response.say("Done.")
    served(stage, response)
    async with media_server(stage) as server:
        anna = stage.phone()
        stage.place()
        await stage.over()
        assert await valid(stage, server)
        assert [message["event"] for _, message in server.socket.got][-1] == "stop"
    assert anna.words == ["Done."]
    assert stage.codes == []


@staged
async def test_streams_by_the_clients_rest_interface(stage: Stage) -> None:
    stage.app.answers["/voice"] = '<Pause length="60"/>'
    async with media_server(stage) as server, calling(stage) as client:
        anna = stage.phone()
        sid = stage.place().sid
        with pytest.raises(TwilioRestException) as caught:
            await client.calls(sid).streams.create_async(url=MEDIA)
        assert caught.value.code == 21220
        await stage.wait(4)
        streams = client.calls(sid).streams
        one = await streams.create_async(
            url=MEDIA,
            name="one",
            track="both_tracks",
            status_callback=f"{APP}/stream",
            parameter1_name="a",
            parameter1_value="1",
            parameter99_name="z",
            parameter99_value="26",
        )
        two = await streams.create_async(url=MEDIA)
        assert (one.status, one.name, two.name) == ("in-progress", "one", None)
        await stage.wait(1)
        starts = [media.of("start")[0] for media in server.sockets]
        assert [start["streamSid"] for start in starts] == [one.sid, two.sid]
        assert starts[0]["start"]["customParameters"] == {"a": "1", "z": "26"}
        stopped = await client.calls(sid).streams("one").update_async(status="stopped")
        assert (stopped.sid, stopped.status) == (one.sid, "stopped")
        assert (await client.calls(sid).streams(two.sid).update_async(status="stopped")).status == "stopped"
        with pytest.raises(TwilioRestException) as caught:
            await client.calls(sid).streams(two.sid).update_async(status="stopped")
        assert caught.value.code == 20404
        await stage.wait(1)
        assert [media.ended[1] for media in server.sockets if media.ended] == [1000, 1000]
        assert await valid(stage, server)
        anna.hangs_up()
        await stage.over()
    judge(stage, 4)


def kwargs_of(noun: str) -> set[str]:
    """The attributes that the client has for a noun of `<Connect>` or `<Start>`, as it writes them."""
    build = getattr(Connect, noun, None) or getattr(Start, noun)
    skipped = {"self", "kwargs"}
    return {name for name in inspect.signature(build).parameters if name not in skipped}


@pytest.mark.parametrize("name", sorted(kwargs_of("stream")))
def test_every_attribute_of_a_stream_is_understood(name: str) -> None:
    value = {"status_callback_method": "POST", "track": "inbound_track", "url": MEDIA}.get(name, "x")
    connect = Connect()
    connect.stream(**{"url": MEDIA, name: value})
    response = VoiceResponse()
    response.append(connect)
    assert read_document(str(response).encode()).notices == ()


@pytest.mark.parametrize("verb", ["Connect", "Start", "Stop"])
def test_every_noun_of_the_client_is_performed_or_said_to_be_missing(verb: str) -> None:
    container = getattr(twiml, verb)
    nouns = [name for name in vars(container) if not name.startswith("_")]
    assert "stream" in nouns
    for noun in nouns:
        response = VoiceResponse()
        holder = container()
        build = getattr(holder, noun)
        needed = [
            name
            for name, parameter in inspect.signature(build).parameters.items()
            if parameter.default is inspect.Parameter.empty and parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        build(*["x" for _ in needed], **({"name": "x"} if noun == "stream" else {}))
        response.append(holder)
        (read,) = read_document(str(response).encode()).verbs
        assert isinstance(read, Unemulated) is (noun != "stream")
        if isinstance(read, Unemulated):
            assert set(read.inner) <= UNEMULATED_NOUNS


def test_every_child_of_a_stream_is_understood() -> None:
    assert [name for name in vars(Stream) if not name.startswith("_")] == ["parameter"]
