"""Tin Can's calls: each has a leg of the network, and performs one script after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from tests.tincan.sim.post import Post
from voicecall_sim.carriers.control import Control, HungUp, Interrupted
from voicecall_sim.sound.sound import Speech
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.network import Call
from voicecall_sim.telephony.signals import Cause, Gone, PickedUp, Rang, Signal, SoundEnded
from voicecall_sim.world.clock import SECOND

Script = Mapping[str, Any]

WHY: Final = {
    Cause.NORMAL: "hung up",
    Cause.BUSY: "busy",
    Cause.REJECTED: "rejected",
    Cause.NO_ANSWER: "no answer",
    Cause.CANCELED: "no answer",
}
"""What an end is called; anything else failed."""


class LiveCall:
    """A call that is not over. `url` is where it is told of."""

    def __init__(self, post: Post, registered: Call, end: End, *, way: str, url: str, gone: Callable[[], None]) -> None:
        self.control: Control[Script] = Control()
        self.answered = False
        self._post = post
        self._registered = registered
        self._end = end
        self._way = way
        self._url = url
        self._gone = gone
        post.numbers[registered.carrier_id] = registered.number
        end.listen(self._hear)

    @property
    def state(self) -> str:
        """As REST shows it."""
        return "talking" if self.answered else "ringing"

    def hang_up(self, cause: Cause | None = None, by: str = "app") -> None:
        """End it."""
        self._end.hang_up(cause, by)

    async def converse(self, event: str) -> None:
        """Ask for the first script, and do what it and those after it say, to the end."""
        said, step = {"event": event}, None
        while True:
            try:
                said = await self._perform(step) if step is not None else said
                step = await self._ask(step["back"] if step else self._url, said)
            except Interrupted:
                try:
                    step = self.control.take()
                except HungUp:
                    return

    async def _ask(self, url: str, said: Mapping[str, str]) -> Script:
        """The next script. Without a good answer the call is over."""
        reply = await self.control.wait(self._post.tasks.spawn(self._post.deliver("voice", url, self._told(said))))
        if reply.status != 200 or reply.fields is None:
            self.hang_up(Cause.FAILED, "carrier")
        self.control.check()
        return reply.fields or {}

    async def _perform(self, script: Script) -> dict[str, str]:
        """The lines of a script, and what is told when they are done. A script without a way back ends the call."""
        said = {"event": "done"}
        for line in script.get("lines", ()):
            ((verb, value),) = line.items()
            said = await PERFORMERS[verb](self, value) or said
        if "back" not in script:
            self.hang_up()
        self.control.check()
        return said

    async def say(self, text: str) -> None:
        """Say it to its end."""
        self.pick_up()
        playing = self._end.play(sound := Speech(text))
        try:
            await self.control.pause(sound.duration)
            playing.finish()
        finally:
            playing.stop()

    async def listen(self, longest: int) -> dict[str, str]:
        """What is said now, or that nothing is."""
        self.pick_up()
        heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def hear(signal: Signal) -> None:
            if isinstance(signal, SoundEnded) and signal.playing.sound.spoken and not heard.done():
                heard.set_result(signal.playing.heard)

        stop = self._end.listen(hear)
        try:
            await self.control.pause(longest * SECOND, heard)
        finally:
            stop()
        return {"event": "heard", "text": heard.result()} if heard.done() else {"event": "silence"}

    async def wait(self, span: int) -> None:
        """Let time pass."""
        self.pick_up()
        await self.control.pause(span * SECOND)

    async def refuse(self, why: str) -> None:
        """Turn a caller away unanswered."""
        self.hang_up(Cause.BUSY if why == "busy" else Cause.REJECTED)

    async def end(self, _: object) -> None:
        """Hang up."""
        self.hang_up()

    def pick_up(self) -> None:
        """Answer a caller, once."""
        if not self.answered:
            self._end.answer()
            self.answered = True

    def _told(self, said: Mapping[str, str]) -> dict[str, str]:
        call = self._registered
        return {"call": call.carrier_id, "way": self._way, "from": call.from_, "to": call.to, **said}

    def _hear(self, signal: Signal) -> None:
        match signal:
            case Rang():
                self._post.tell("status", self._url, self._told({"event": "ringing"}))
            case PickedUp():
                self.answered = True
                self._post.tasks.start(self.converse("answered"))
            case Gone(cause, by):
                self.control.hang_up()
                self._gone()
                who = "us" if by in ("app", "carrier") else "them"
                over = {"event": "over", "why": WHY.get(cause, "failed"), "by": who}
                self._post.tell("status", self._url, self._told(over))
            case _:
                pass


PERFORMERS: Final[Mapping[str, Callable[[LiveCall, Any], Awaitable[dict[str, str] | None]]]] = {
    "say": LiveCall.say,
    "listen": LiveCall.listen,
    "wait": LiveCall.wait,
    "hang up": LiveCall.end,
    "refuse": LiveCall.refuse,
}
"""What each line of a script does, and what is told of it."""
