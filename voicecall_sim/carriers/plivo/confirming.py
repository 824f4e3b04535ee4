"""`confirmSound` of a Dial: what the called party hears, and the key that it has to press, before the bridge."""

from __future__ import annotations

import asyncio
from typing import Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.documents import read
from voicecall_sim.carriers.plivo.elements import Dial, Prompt
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.markup import InvalidXml
from voicecall_sim.carriers.plivo.perform_speech import play_prompts
from voicecall_sim.carriers.plivo.steps import Fetch
from voicecall_sim.telephony.signals import Pressed, Signal
from voicecall_sim.world.clock import SECOND


async def confirmed(call: LiveCall, leg: LiveCall, dial: Dial) -> bool:
    """Whether the called party may be bridged. Raises `Interrupted` when the caller is gone or sent elsewhere."""
    if dial.confirm_sound is None:
        return True
    asking = call.plant.tasks.spawn(ask(call, leg, dial, dial.confirm_sound))
    gate: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def release(task: asyncio.Task[bool]) -> None:
        if not gate.done():
            gate.set_result(not task.cancelled() and task.result())

    asking.add_done_callback(release)
    try:
        return await call.control.wait(gate)
    finally:
        asking.cancel()


async def ask(call: LiveCall, leg: LiveCall, dial: Dial, url: str) -> bool:
    """Play what the document says, and wait for the key."""
    key = Key(leg, dial.confirm_key)
    try:
        await play_prompts(leg, await prompts_of(call, leg, url), key.pressed)
        if not dial.confirm_key:
            return True
        await leg.control.pause(dial.confirm_timeout * SECOND, key.pressed)
        return key.pressed.done()
    except Interrupted:
        return False
    finally:
        key.close()


async def prompts_of(call: LiveCall, leg: LiveCall, url: str, event: str = "confirmSound") -> tuple[Prompt, ...]:
    """What is played; nothing, with a note, for a document that cannot be had."""
    fetch = Fetch(callback=Callback(url=url), where="action", kind="voice", event=event)
    answer = await call.plant.send(call.errand(fetch.kind, fetch.event, fetch.callback, {}))
    try:
        document = read(call, fetch, answer)
    except InvalidXml as problem:
        leg.note(0, f"{event}: {problem}")
        return ()
    return tuple(element for element in document.elements if isinstance(element, Prompt))


class Key:
    """`pressed` is done when the called party presses that key."""

    def __init__(self, leg: LiveCall, key: str | None) -> None:
        self.pressed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._key = key
        self.close = leg.end.listen(self._hear)

    def _hear(self, signal: Signal) -> None:
        if isinstance(signal, Pressed) and signal.key == self._key and not self.pressed.done():
            self.pressed.set_result(None)


FIDELITY: Final = (
    (
        "confirmSound is posted to; Play, Speak and Wait in its XML are heard by the called party",
        "docs voice/xml/dial",
        "documented",
    ),
    ("without the confirmKey in time: 9110, and the leg is dropped", "docs voice/xml/dial", "documented"),
    ("a confirmSound that fails lets the called party in", "no source", "assumed"),
)
