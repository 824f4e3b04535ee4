"""`<Connect>`, `<Start>`, `<Stop>` and what they hold, read."""

from __future__ import annotations

import pytest

from voicecall_sim.carriers.twilio.markup import read_document
from voicecall_sim.carriers.twilio.verbs import Connect, Start, Stop, Stream, Unemulated, Verb

URL = "wss://app.example/media"
STREAM = f'<Stream url="{URL}"/>'
LONG = "x" * 497


@pytest.mark.parametrize(
    ("markup", "verb"),
    [
        (f"<Connect>{STREAM}</Connect>", Connect(stream=Stream(url=URL))),
        (
            f'<Connect action="/a" method="GET">{STREAM}</Connect>',
            Connect(stream=Stream(url=URL), action="/a", method="GET"),
        ),
        (
            f'<Start><Stream url="{URL}" name="n" track="both_tracks" statusCallback="/s" statusCallbackMethod="GET"/>'
            f"</Start>",
            Start(streams=(Stream(url=URL, name="n", track="both_tracks", status_callback="/s", status_method="GET"),)),
        ),
        (f"<Start>{STREAM}{STREAM}</Start>", Start(streams=(Stream(url=URL), Stream(url=URL)))),
        ('<Stop><Stream name="n"/></Stop>', Stop(names=("n",))),
        ('<Stop><Stream name="n" track="x"/><Stream name="m"/></Stop>', Stop(names=("n", "m"))),
        (
            f'<Connect><Stream url="{URL}"><Parameter name="a" value="1"/><Parameter name="b" value=""/>'
            '<Parameter name="c"/><Parameter name="a" value="2"/></Stream></Connect>',
            Connect(stream=Stream(url=URL, parameters={"a": "2", "b": "", "c": ""})),
        ),
        (
            f'<Connect><Stream url="{URL}"><Parameter name="abc" value="{LONG}"/></Stream></Connect>',
            Connect(stream=Stream(url=URL, parameters={"abc": LONG})),
        ),
        ("<Connect><Stream/></Connect>", Connect(stream=Stream())),
        (
            f'<Connect><Stream url="{URL}" audioFormat="x" sampleRate="16000" connectorName="c" track="?"/></Connect>',
            Connect(stream=Stream(url=URL, connector="c", track="?")),
        ),
        ("<Connect><ConversationRelay/></Connect>", Unemulated(name="Connect", inner=("ConversationRelay",))),
        (f"<Connect>{STREAM}<Room/></Connect>", Unemulated(name="Connect", inner=("Stream", "Room"))),
        ("<Start><Recording/></Start>", Unemulated(name="Start", inner=("Recording",))),
        ("<Stop><Transcription/></Stop>", Unemulated(name="Stop", inner=("Transcription",))),
    ],
)
def test_what_is_understood(markup: str, verb: Verb) -> None:
    reading = read_document(f"<Response>{markup}</Response>".encode())
    assert reading.verbs == (verb,)
    assert reading.notices == ()


@pytest.mark.parametrize(
    ("markup", "verbs", "words"),
    [
        ("<Connect/>", (), "nothing to connect to"),
        ("<Start/>", (), "nothing to start"),
        ("<Stop/>", (), "nothing to stop"),
        ("<Stop><Stream/></Stop>", (), "needs a name"),
        (f"<Connect>{STREAM}{STREAM}</Connect>", (Connect(stream=Stream(url=URL)),), "takes one stream"),
        (f"<Connect>{STREAM}<Say/></Connect>", (Connect(stream=Stream(url=URL)),), "cannot hold <Say>"),
        (f'<Connect color="red">{STREAM}</Connect>', (Connect(stream=Stream(url=URL)),), "no attribute 'color'"),
        (f'<Connect method="PUT">{STREAM}</Connect>', (Connect(stream=Stream(url=URL)),), "method='PUT'"),
        (f"<Start>text{STREAM}</Start>", (Start(streams=(Stream(url=URL),)),), "holds text"),
        (f'<Start><Stream url="{URL}"><Say/></Stream></Start>', (Start(streams=(Stream(url=URL),)),), "<Say>"),
        (
            f'<Start><Stream url="{URL}"><Parameter value="x"/></Stream></Start>',
            (Start(streams=(Stream(url=URL),)),),
            "needs a name",
        ),
        (
            f'<Start><Stream url="{URL}"><Parameter name="abcd" value="{LONG}"/></Stream></Start>',
            (Start(streams=(Stream(url=URL),)),),
            "501 characters",
        ),
    ],
)
def test_what_is_warned_of(markup: str, verbs: tuple[Verb, ...], words: str) -> None:
    reading = read_document(f"<Response>{markup}</Response>".encode())
    assert reading.verbs == verbs
    assert {notice.code for notice in reading.notices} == {12200}
    assert any(words in notice.message for notice in reading.notices)
