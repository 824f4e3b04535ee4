"""The scripted brain by itself: pairs, functions, what it says to their outputs, failures."""

from __future__ import annotations

from collections.abc import Callable

from tests.tools.ai_services import pair
from voicecall_sim.services.brain import Brain, Thought, ToolCall
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

BYE = ToolCall("end_call", {"why": "done"})
PAIRS = (
    pair("bye", "Goodbye.", calls=BYE, then="Gone."),
    pair("slow", "At last.", after=SECOND),
    pair("sunday", "Closed."),
)


def thoughts(world: World) -> list[dict[str, object]]:
    return [dict(entry.data) for entry in world.journal if entry.kind == "thought"]


def test_the_first_pair_that_matches_replies() -> None:
    @in_world()
    async def ask(world: World) -> None:
        brain = Brain(world.surroundings, (*PAIRS, pair("sun", "Shines.")))
        assert brain.hear("On Sunday?") == Thought("Closed.", 0)
        brain.slowness = SECOND
        assert brain.hear("slow") == Thought("At last.", 2 * SECOND)
        assert brain.hear("Sun day") == Thought("Shines.", SECOND)
        assert brain.hear("Sanday?") == Thought("", SECOND)
        assert thoughts(world)[-1] == {"heard": "Sanday?", "unmatched": True, "nearest": "sunday"}

    ask()


def test_a_function_that_is_offered_is_called() -> None:
    @in_world()
    async def ask(world: World) -> None:
        brain = Brain(world.surroundings, PAIRS)
        thought = brain.hear("bye", ["book", "end_call"])
        assert (thought.reply, thought.calls, thought.then) == ("Goodbye.", BYE, "Gone.")
        brain.called("call_1", thought.then)
        assert brain.told("call_2", "{}") == Thought("", 0)
        assert brain.told("call_1", "{}") == Thought("Gone.", 0)
        assert brain.told("call_1", "{}") == Thought("", 0)
        assert brain.hear("bye").calls == BYE

    ask()


def test_a_function_that_nobody_offers_is_not_called_and_told() -> None:
    @in_world()
    async def ask(world: World) -> None:
        thought = Brain(world.surroundings, PAIRS).hear("bye", ["book"])
        assert (thought.reply, thought.calls) == ("Goodbye.", None)
        assert thoughts(world)[-1]["unoffered"] is True

    ask()


def test_it_fails_as_often_as_it_is_told() -> None:
    asks: list[Callable[[Brain], Thought]] = [lambda brain: brain.hear("bye"), lambda brain: brain.told("x", "y")]

    @in_world()
    async def ask(world: World) -> None:
        brain = Brain(world.surroundings, PAIRS)
        brain.failures = 2
        assert [one(brain).reply for one in asks] == [None, None]
        assert brain.hear("bye").reply == "Goodbye."
        assert [thought.get("failed") for thought in thoughts(world)] == [True, True, None]

    ask()
