"""Whole simulated calls per CPU-second: create, answer, two Gather turns, four status callbacks, invariants on.

Each call is a scenario in a world of its own against the SDK, stored in SQLite: everything that `voicecall-sim run`
does. Beside it, as a yardstick of the same run, what a bare HTTP POST between two hosts of a world costs.
"""

from __future__ import annotations

import argparse
import cProfile
import logging
import pstats
import tempfile
import time
from pathlib import Path

import aiohttp
from aiohttp import web

from voicecall_sim.runner.selection import Selection, checked_by, select
from voicecall_sim.runner.tour import tour
from voicecall_sim.subjects import factory
from voicecall_sim.world.world import World

SCENARIO = """\
voicecall: 1
carriers: [twilio]
name: One whole call
app: {outbound: {defaultMode: conversation}}
people:
  anna: {phone: +15550005678, answers: {after: 2s}}
steps:
  - app: {call: anna, message: "Hello."}
  - anna: {hears: "Hello."}
  - app: {ask: "Is three o'clock fine?"}
  - anna: {hears: "Is three o'clock fine?"}
  - anna: {says: "Yes."}
  - expect: {answer: "Yes."}
  - app: {ask: "Anything else?"}
  - anna: {hears: "Anything else?"}
  - anna: {says: "No."}
  - expect: {answer: "No."}
  - anna: hangs up
  - expect: {stored: {state: hangup-user}}
"""


def calls_per_cpu_second(count: int) -> tuple[float, float]:
    """Whole calls, and simulated seconds, per second of CPU."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "call.scenario.yaml"
        file.write_text(SCENARIO)
        plans, _ = select(Selection(paths=[str(file)]), checked_by(factory("sdk")))
        tour(plans * 3, factory("sdk"))  # imports and caches
        began = time.process_time()
        outcomes = tour(plans * count, factory("sdk"))
        spent = time.process_time() - began
    bad = [outcome for outcome in outcomes if not outcome.verdict.good]
    assert not bad, bad[0].failures
    return count / spent, sum(outcome.simulated for outcome in outcomes) / 1e6 / spent


def posts_per_cpu_second(count: int) -> float:
    """Bare POSTs in a world, client and server on hosts of their own, per second of CPU."""
    world = World()

    async def main() -> None:
        async def answer(request: web.Request) -> web.Response:
            await request.post()
            return web.Response(text="ok")

        app = web.Application()
        app.router.add_post("/", answer)
        runner = web.AppRunner(app, access_log=None)
        server = world.host("server")
        world.network.name("app.example.com", server)
        await server.call(runner.setup())
        await server.call(web.TCPSite(runner, "0.0.0.0", 80).start())

        async def client() -> None:
            async with aiohttp.ClientSession() as session:
                for _ in range(count):
                    async with session.post("http://app.example.com/", data={"a": "1"}) as response:
                        await response.read()

        await world.host("client").call(client())
        await server.call(runner.cleanup())

    # measured from outside: inside of a world the clocks of `time` are the world's
    began = time.process_time()
    world.run(main())
    return count / (time.process_time() - began)


def main() -> None:
    """Print the figures; with --profile where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if options.profile:
        profile = cProfile.Profile()
        profile.runcall(calls_per_cpu_second, options.calls)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(60)
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        return
    posts = posts_per_cpu_second(3000)
    calls, simulated = calls_per_cpu_second(options.calls)
    print(f"bare POST in a world          {posts:8.0f} per CPU-second  ({1e6 / posts:.0f} us each)")
    print(f"whole webhook-driven calls    {calls:8.0f} per CPU-second  ({1e3 / calls:.1f} ms each)")
    print(f"one call costs as much as     {posts / calls:8.1f} bare POSTs")
    print(f"simulated time                {simulated:8.0f} s per CPU-second")


if __name__ == "__main__":
    main()
