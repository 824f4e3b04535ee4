"""Media streams of a carrier that nobody has heard of: it writes its messages, and the rest is there already."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from aiohttp import web

from tests.tools.carrier_world import ANNA, OWN, Phone
from tests.tools.stream_server import MEDIA, MediaServer, serve
from voicecall_sim.carriers.emulator import NoInterference, StreamOpening, StreamTreatment
from voicecall_sim.carriers.streaming.messages import Clear, Invalid, Mark, NotText, read
from voicecall_sim.carriers.streaming.office import StreamOffice, upgrade_headers
from voicecall_sim.carriers.streaming.sockets import Ended, Manners, Unopened
from voicecall_sim.carriers.streaming.stream import Ear, MediaStream
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.sound.clip import Clip
from voicecall_sim.sound.sound import Speech
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.telephony.playout import Playout
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.world import World

MANNERS = Manners(
    connect=3 * SECOND,
    close=SECOND,
    unopened=lambda error: Unopened("gone", type(error).__name__),
    refused=lambda status: Unopened("no", f"answered {status}", status),
)


class String(MediaStream[bytes]):
    """All that the carrier has to say about its streams."""

    mouth: Playout | None

    def __init__(self, office: StreamOffice, tasks: Tasks, end: End, *, two_way: bool = True) -> None:
        super().__init__(office, tasks, 1, two_way=two_way)
        self.told: list[str] = []
        self.far_end = end
        self.two_way = two_way

    def compose(self) -> StreamOpening:
        return self.office.compose(
            call_id="c1",
            two_way=self.two_way,
            url=MEDIA,
            headers=upgrade_headers(MEDIA, "String/1"),
            parameters=(("token", "secret-token"),),
        )

    def introduce(self, opening: StreamOpening) -> None:
        self.say(json.dumps({"event": "start", "call": opening.shown_call_id}))
        self.ears = [Ear(self.far_end, "inbound")]
        if self.two_way:
            self.mouth = Playout(self.far_end, marked=self.played)
        self.hear_keys(self.far_end)

    def media(self, ear: Ear, payload: bytes) -> str:
        media = {"track": ear.name, "n": ear.chunk, "payload": base64.b64encode(payload).decode()}
        return json.dumps({"event": "media", "media": media})

    def key(self, digit: str) -> str:
        return json.dumps({"event": "key", "digit": digit})

    def mark(self, name: str) -> str:
        return json.dumps({"event": "mark", "name": name})

    def farewell(self) -> str | None:
        return json.dumps({"event": "bye"})

    def understand(self, data: bytes) -> bytes | Mark | Clear:
        match read(data):
            case {"play": str(audio)}:
                return base64.b64decode(audio)
            case {"mark": str(name)}:
                return Mark(name)
            case {"clear": _}:
                return Clear()
        raise Invalid("what?")

    def take(self, message: bytes) -> None:
        assert self.mouth is not None
        self.mouth.append(message)

    def complain(self, problem: Invalid) -> None:
        self.told.append(str(problem))

    def opened(self, opening: StreamOpening) -> None:
        self.notes.opened(opening, "s1")

    def unopened(self, failure: Unopened) -> None:
        self.notes.unopened(failure)

    def closed(self, ended: Ended) -> None:
        self.notes.closed(ended, self.statistics)

    def ended(self) -> None:
        self.told.append("ended")


class Lossy(NoInterference):
    """No stream gets through."""

    def stream(self, opening: StreamOpening) -> StreamTreatment:
        return StreamTreatment(opening=opening, lost=True)


class Line:
    """A call to Anna, an application's door for streams, and the office of a carrier."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.network = PhoneNetwork(world.surroundings)
        self.anna = Phone(self.now, 0.5)
        self.network.connect(ANNA, "anna", self.anna)
        self.tasks = Tasks()
        self.interference: NoInterference = NoInterference()
        self.office = StreamOffice("string", world.surroundings, lambda: self.interference, MANNERS)
        self.host = world.host("carrier")
        self.door = MediaServer(self)

    def now(self) -> float:
        return self.world.clock.now() / SECOND

    async def stream(self, *, two_way: bool = True) -> String:
        """A stream of the call, a second after it was wanted."""
        end = self.network.dial(OWN, ANNA, holder="string").calling
        await self.wait(1)
        stream = self.host.run(lambda: String(self.office, self.tasks, end, two_way=two_way))
        await self.wait(1)
        return stream

    async def wait(self, span: float) -> None:
        await asyncio.sleep(span)

    @property
    def events(self) -> list[str]:
        return [entry.data["event"] for entry in self.world.journal if entry.kind == "stream"]

    async def run(self, test: Callable[[Line], Coroutine[Any, Any, None]]) -> None:
        self.world.network.name("media.example", self.door.host)
        runner = await self.door.host.call(serve(self.door.handle, 443))
        self.host.run(self.tasks.settle_in)
        await self.host.call(self.office.open())
        try:
            await test(self)
        finally:
            await self.tasks.end()
            await self.host.call(self.office.close())
            await self.door.host.call(runner.cleanup())


def lined(test: Callable[[Line], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        world = World(seed=1)
        world.run(Line(world).run(test))

    run.__name__ = test.__name__
    return run


def playing(text: str) -> dict[str, str]:
    speech = Speech(text)
    return {"play": base64.b64encode(speech.ulaw(0, speech.duration // 125)).decode()}


@lined
async def test_a_call_is_heard_spoken_into_and_left(line: Line) -> None:
    stream = await line.stream()
    app = line.door.socket
    line.anna.says("Can you hear me?")
    line.anna.presses("5")
    await app.say(playing("I can."))
    await app.say({"mark": "said"})
    await line.wait(2)
    assert Clip(app.heard(), "heard").text(9 * SECOND) == "Can you hear me?"
    assert [message["media"]["n"] for message in app.of("media")] == list(range(1, len(app.of("media")) + 1))
    assert line.anna.words == ["I can."]
    assert app.of("key") == [{"event": "key", "digit": "5"}]
    assert app.of("mark") == [{"event": "mark", "name": "said"}]
    await app.say(playing("Never to be heard in full, for it is cleared."))
    await app.say({"mark": "cleared"})
    await app.say({"clear": 1})
    await app.say("nonsense")
    await app.say({"sing": "please"})
    await app.say(b"binary")
    await line.wait(0.5)
    assert stream.told == ["it is not JSON", "what?", "the stream takes no binary messages"]
    stream.stop("enough")
    stream.stop("harmless")
    await line.wait(1)
    assert stream.done.done()
    assert app.of("bye")
    assert app.ended is not None
    assert app.ended[1] == 1000
    assert line.events == ["opened", "dtmf", "mark", "mark", "mark", "cleared", "mark", "closed"]
    assert line.office.live == {}


@lined
async def test_a_one_way_stream_takes_no_messages(line: Line) -> None:
    stream = await line.stream(two_way=False)
    await line.door.socket.say(playing("Nobody hears it."))
    await line.wait(1)
    assert line.anna.words == []
    assert stream.told == ["a one-way stream takes no messages"]
    assert line.office.cut() == 1
    await line.wait(1)
    assert stream.told[-1] == "ended"
    closed = next(entry.data for entry in line.world.journal if entry.data.get("event") == "closed")
    assert (closed["by"], closed["direction"]) == ("network", "one-way")


@lined
async def test_a_stream_that_is_refused_or_lost_has_ended(line: Line) -> None:
    async def forbid(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "https://elsewhere.example"})

    line.door.instead = forbid
    refused = await line.stream()
    line.interference = Lossy()
    lost = await line.stream()
    await line.wait(3)
    assert refused.told == lost.told == ["ended"]
    told = [(e.data["event"], e.data["code"], e.data.get("status")) for e in line.world.journal if e.kind == "stream"]
    assert told == [("refused", "no", 302), ("failed", "gone", None)]


@lined
async def test_a_stream_that_is_stopped_before_it_is_there_was_given_up(line: Line) -> None:
    end = line.network.dial(OWN, ANNA, holder="string").calling
    await line.wait(1)
    stream = line.host.run(lambda: String(line.office, line.tasks, end))
    stream.stop("changed my mind")
    await line.wait(1)
    assert stream.done.done()
    assert line.events == ["failed"]
    assert line.door.sockets == []


@lined
async def test_a_stranger_shows_the_beginnings_of_tokens_alone(line: Line) -> None:
    await line.stream()
    (opening,) = line.office.openings
    assert await line.office.intrude(opening, 1, ['{"event": "start"}'])
    (entry,) = [e for e in line.world.journal if e.data.get("event") == "let in"]
    assert "token=secr…" in entry.evidence["request"]
    assert "secret-token" not in entry.evidence["request"]


@pytest.mark.parametrize(("data", "error"), [(b"\xff", NotText), (b"{", Invalid), (b"", Invalid)])
def test_what_is_no_json(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(data)
