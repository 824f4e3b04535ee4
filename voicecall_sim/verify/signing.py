"""One signed request, as something to run: a curl line."""

from __future__ import annotations

import shlex
from typing import Any

from voicecall_sim.carriers.case import Change, Shot
from voicecall_sim.verify.cases import battery
from voicecall_sim.verify.performing import desk_of, real_surroundings
from voicecall_sim.verify.sending import Endpoint


def curl(endpoint: Endpoint, shot: Shot) -> str:
    """The request as a line for a shell."""
    url, headers = endpoint.on_the_wire(shot)
    words = ["curl", "--globoff", "--request", shot.method, url]
    for name, value in headers:
        if name not in ("Content-Length", "Host") or (name == "Host" and endpoint.address != endpoint.public):
            words += ["--header", f"{name}: {value}"]
    if shot.method != "GET":
        words += ["--data-raw", shot.body.decode()]
    return shlex.join(words)


def as_values(endpoint: Endpoint, shot: Shot) -> dict[str, Any]:
    """The request as plain values."""
    url, headers = endpoint.on_the_wire(shot)
    return {
        "method": shot.method,
        "url": url,
        "headers": [[name, value] for name, value in headers],
        "body": shot.body.decode(),
    }


async def signed(carrier: str, secret: str, url: str, change: Change, seed: int | None = None) -> Shot:
    """A webhook as that carrier signs it; `change` makes what is wanted of the end of an unknown call."""
    desk, room = desk_of(url, secret, real_surroundings(seed)), battery(carrier)
    return room.signed(desk, change(room.draft(desk)))
