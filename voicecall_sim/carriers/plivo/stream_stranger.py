"""A media socket that belongs to no stream: a stranger's, who replays or forges an opening. Was it let in?"""

from __future__ import annotations

import asyncio
from typing import Final

from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.plivo.linear import MULAW
from voicecall_sim.carriers.plivo.plant import Plant
from voicecall_sim.carriers.plivo.stream_messages import Messages
from voicecall_sim.carriers.plivo.stream_records import upgrade
from voicecall_sim.carriers.plivo.stream_socket import Ended, Socket, Unopened
from voicecall_sim.world.clock import SECOND, Micros, seconds

PATIENCE: Final[Micros] = 5 * SECOND
"""How long the application may take to turn somebody away."""


async def intrude(plant: Plant, opening: StreamOpening) -> bool:
    """Open it, introduce it as a stream, and see. What came of it is journaled."""
    try:
        socket = await plant.sockets.dial(opening)
    except Unopened as failure:
        write(plant, opening, "turned away", reason=failure.detail, status=failure.status)
        return False
    ended = await received(plant, socket, opening)
    if ended is None:
        write(plant, opening, "let in")
        await socket.close()
        return True
    write(plant, opening, "turned away", reason=ended.reason, status=ended.status)
    return False


async def received(plant: Plant, socket: Socket, opening: StreamOpening) -> Ended | None:
    """How the application ended it, or None: it said something, or did not mind."""
    # of its own chance: a stranger does not shift the identifiers of genuine streams
    stream_id = plant.surroundings.chance.uuid("plivo.stranger")
    messages = Messages(account=plant.account.auth_id, call_uuid=opening.shown_call_id, stream_id=stream_id)
    extra = dict(opening.parameters).get("extra_headers", "")
    socket.send(messages.start(("inbound",), MULAW, 8000, extra))
    try:
        async with asyncio.timeout(seconds(PATIENCE)):
            got = await socket.receive()
    except TimeoutError:
        return None
    return got if isinstance(got, Ended) else None


def write(plant: Plant, opening: StreamOpening, event: str, **details: object) -> None:
    """One journal entry."""
    data = {
        "event": event,
        "call": plant.post.numbers.get(opening.call_id, 0),
        "stream": opening.number,
        "direction": "two-way" if opening.two_way else "one-way",
        **{name: value for name, value in details.items() if value is not None},
    }
    plant.surroundings.journal.write(plant.name, "stream", data, {"request": upgrade(opening)})
