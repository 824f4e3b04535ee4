"""Call-seconds of fully streamed conversation simulated per second of CPU, with a profile of where the time goes.

A caller and the application talk for four turns over a carrier's media stream: coded speech both ways in 20 ms frames
over WebSockets, synthesis over HTTP, streaming recognition over another WebSocket, chat completions, journal, SQLite
and invariants. One call in a world, and twenty at once. Then what the parts of a call cost: the call itself, a second
in which nobody speaks, the caller speaks, or the application speaks while somebody waits for its running text, and a
turn.

Beside it, as a yardstick of the same run, the bare stack: what a frame costs that is merely sent through a WebSocket of
a world, decoded and answered, with nothing behind it. A call-second of it is a hundred of these frames, there and back.

Of every figure the best of several rounds is shown: whatever else the machine does only adds to it.
"""

from __future__ import annotations

import argparse
import base64
import cProfile
import json
import logging
import pstats
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from voicecall_sim.runner.events import Outcome
from voicecall_sim.runner.selection import Selection, checked_by, select
from voicecall_sim.runner.tour import tour
from voicecall_sim.scenario.plan import Plan
from voicecall_sim.subjects import factory
from voicecall_sim.world.world import World

AT_ONCE: Final = 20
"""Calls in one world."""

HEAD: Final = """\
voicecall: 1
carriers: [twilio]
name: Streamed
app:
  streaming: {enabled: true}
  inboundPolicy: open
  inboundGreeting: "Hello! How can I help?"
  maxConcurrentCalls: 50
agent:
  - hears: "opening hours"
    replies: "We are open Monday to Friday from nine to five, and on Saturday from ten to two."
  - {hears: "sunday", replies: "On Sunday we are closed, but you can leave a message."}
  - {hears: "message", replies: "Of course. What shall I write down for them?"}
  - {hears: "cake", replies: "One cake, for Saturday at eleven. Thank you, and goodbye!"}
  - {hears: "short", replies: "Yes."}
  - {hears: "end", replies: "Good."}
"""

ONE_CALL: Final = (
    HEAD
    + """\
people:
  anna: {phone: +15550005678}
steps:
  - anna: {calls: app}
  - anna: {hears: "Hello! How can I help?"}
  - anna: {says: "What are your opening hours?"}
  - anna: {hears: {contains: "ten to two."}}
  - anna: {says: "And on Sunday, are you there as well?"}
  - anna: {hears: {contains: "leave a message."}}
  - anna: {says: "Then I should like to leave a message."}
  - anna: {hears: {contains: "write down for them?"}}
  - anna: {says: "I want a cake on Saturday at eleven, with cherries on it."}
  - anna: {hears: {contains: "goodbye!"}}
  - anna: hangs up
  - expect: {call: ended, by: anna}
"""
)

CROWD: Final = f"""{HEAD}
people:
  crowd:
    count: {AT_ONCE}
    when:
      - {{hears: "How can I help?", says: "What are your opening hours?"}}
      - {{hears: "ten to two", says: "And on Sunday, are you there as well?"}}
      - {{hears: "leave a message.", says: "Then I should like to leave a message."}}
      - {{hears: "for them?", says: "I want a cake on Saturday at eleven, with cherries on it."}}
      - {{hears: "goodbye!", hangs up: }}
steps:
  - crowd: {{calls: app}}
  - crowd: {{hears: {{contains: "goodbye!"}}, within: 2m}}
"""

GREETED: Final = f"""{HEAD}
people:
  anna: {{phone: +15550005678}}
steps:
  - anna: {{calls: app}}
  - anna: {{hears: "Hello! How can I help?"}}
"""
HANGS_UP: Final = "  - anna: hangs up\n"

LONG: Final = 20
"""Seconds of what is measured beside the call itself."""
TURNS: Final = 10
WORDS: Final = "Dolor sit amet. " * (LONG * 1000 // (16 * 60))
"""Spoken in so many seconds: a character lasts 60 ms."""

PARTS: Final[Mapping[str, tuple[str, float]]] = {
    "second of silence": (f"  - clock: {{waits: {LONG}s}}\n", LONG),
    "second of the caller": (f"  - anna: {{says: '{WORDS} the end'}}\n  - clock: {{waits: {LONG + 2}s}}\n", LONG + 2),
    "second of the app": (
        f"  - app: {{speak: '{WORDS} the end'}}\n  - anna: {{hears: {{contains: the end}}, within: 1m}}\n",
        LONG,
    ),
    "turn": ("  - anna: {says: short}\n  - anna: {hears: 'Yes.'}\n" * TURNS, TURNS),
}
"""What a call has more of than one that ends after the greeting, and how much of it."""


def call_seconds(outcome: Outcome) -> float:
    """How long its calls stood together, from the answers to the ends."""
    sign = {"answered": -1, "ended": 1}
    calls = [entry for entry in outcome.journal if entry.kind == "call"]
    return sum(sign.get(entry.data["state"], 0) * entry.at for entry in calls) / 1e6


def planned(text: str) -> Sequence[Plan]:
    """The plan of a scenario."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "call.scenario.yaml"
        file.write_text(text)
        return select(Selection(paths=[str(file)]), checked_by(factory("sdk")))[0]


def measured(text: str, rounds: int) -> tuple[float, float]:
    """The seconds of CPU that a scenario takes at least, and its call-seconds."""
    plans, least, seconds = planned(text), float("inf"), 0.0
    for number in range(rounds + 1):
        began = time.process_time()
        [outcome] = tour(plans, factory("sdk"))
        spent = time.process_time() - began
        assert outcome.verdict.good, outcome.failures
        seconds = call_seconds(outcome)
        if number:  # the first one fills the caches
            least = min(least, spent)
    return least, seconds


def frames_per_cpu_second(count: int) -> float:
    """Media messages through a WebSocket of a world, read, decoded, and one sent back for each."""
    world = World()
    payload = base64.b64encode(bytes(160)).decode()
    text = json.dumps({"event": "media", "streamSid": "MZ", "media": {"payload": payload}})

    async def main() -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            ws = web.WebSocketResponse()
            await ws.prepare(request)
            async for message in ws:
                base64.b64decode(json.loads(message.data)["media"]["payload"])
                await ws.send_str(text)
            return ws

        app = web.Application()
        app.router.add_get("/", answer)
        runner = web.AppRunner(app, access_log=None)
        server = world.host("server")
        world.network.name("app.example.com", server)
        await server.call(runner.setup())
        await server.call(web.TCPSite(runner, "0.0.0.0", 80).start())

        async def client() -> None:
            async with aiohttp.ClientSession() as session, session.ws_connect("http://app.example.com/") as ws:
                for _ in range(count):
                    await ws.send_str(text)
                    base64.b64decode(json.loads((await ws.receive()).data)["media"]["payload"])

        await world.host("client").call(client())
        await server.call(runner.cleanup())

    # measured from outside: inside of a world the clocks of `time` are the world's
    began = time.process_time()
    world.run(main())
    return count / (time.process_time() - began)


def main() -> None:
    """Print the figures; with --profile where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if options.profile:
        profile = cProfile.Profile()
        profile.runcall(measured, ONE_CALL, options.rounds)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
        pstats.Stats(profile).sort_stats("tottime").print_stats(50)
        return
    frames = max(frames_per_cpu_second(5_000) for _ in range(options.rounds))
    bare = frames / 100  # fifty each second to the application, fifty to the recognizer
    print(f"bare frame there and back     {frames:8.0f} per CPU-second  ({1e6 / frames:.0f} us each)")
    print(f"bare stack, no answers        {bare:8.0f} call-seconds per CPU-second")
    for name, text in (("one call", ONE_CALL), (f"{AT_ONCE} calls at once", CROWD)):
        spent, seconds = measured(text, options.rounds)
        print(f"{name:<29} {seconds / spent:8.0f} call-seconds per CPU-second", end="")
        print(f"  ({seconds:.1f} s; {seconds / spent / bare:.2f} of the bare stack)")
    call, _ = measured(GREETED + HANGS_UP, options.rounds)
    print(f"{'call with a greeting':<29} {call * 1e3:8.2f} ms CPU  ({call * bare:.2f} bare call-seconds)")
    for name, (steps, amount) in PARTS.items():
        part = (measured(GREETED + steps + HANGS_UP, options.rounds)[0] - call) / amount
        print(f"{name:<29} {part * 1e3:8.2f} ms CPU  ({part * bare:.2f} bare call-seconds)")


if __name__ == "__main__":
    main()
