"""A world to test in from Python, with the words of scenarios.

    async def test_a_call(world: Live) -> None:
        await world.app.call("anna", message="Hello.")
        await world.anna.hears("Hello.")
        await world.anna.says("Good morning.", after="600ms")
        await world.expect(call="ended", by="anna", within="2s")

Every line is a step: the grammar of scenarios reads it, the runner performs it. Words of two parts are written with `_`
(`hangs_up`, `hears_nothing`), words that Python keeps for itself with one at the end (`for_`, `as_`, `with_`).
"""

from __future__ import annotations

import inspect
import linecache
import re
import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from voicecall_sim.runner.events import Outcome
from voicecall_sim.runner.perform import PERFORM
from voicecall_sim.runner.performance import Performance, StepFailed
from voicecall_sim.runner.run import Run
from voicecall_sim.runner.stage import SubjectFactory
from voicecall_sim.runner.tour import judged
from voicecall_sim.scenario.body import BodyReading
from voicecall_sim.scenario.cast import Cast, Member
from voicecall_sim.scenario.errors import ScenarioError
from voicecall_sim.scenario.grammar.step import one_pair, read_step
from voicecall_sim.scenario.nodes import Items, Node, Pairs, Scalar
from voicecall_sim.scenario.place import Place
from voicecall_sim.scenario.plan import Plan
from voicecall_sim.scenario.terms import problems
from voicecall_sim.scenario.units import core
from voicecall_sim.world.clock import SECOND, Micros
from voicecall_sim.world.world import World

LONGEST: Final[Micros] = 31 * 86_400 * SECOND
"""How much virtual time a test may take: a month."""


WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*( [a-z]+)*")
"""What nobody would put into quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a test's world has: the blocks of a scenario, as Python values, and where the test is."""

    app: Mapping[str, Any]
    people: Mapping[str, Mapping[str, Any]]
    agent: list[Mapping[str, Any]] | None = None
    carrier: str
    tunnel: str = "none"
    seed: int = 0
    name: str = "test"
    place: Place


@dataclass(frozen=True, slots=True)
class Lived:
    """A test that is over: what is wrong with its world, and what the test itself raised, if anything."""

    outcome: Outcome
    raised: BaseException | None


class Live:
    """The world in the hands of a test. Its attributes are the actors: `app`, `net`, `clock`, ..., and the people."""

    def __init__(self, performance: Performance, cast: Cast) -> None:
        self._performance = performance
        self._cast = cast

    @property
    def world(self) -> World:
        """Time, chance, network and journal."""
        return self._performance.world

    @property
    def expect(self) -> Expectations:
        """What is expected: `expect(call="ended", within="2s")`, `expect.never(call="ended", for_="5s")`."""
        return Expectations(self._performance, self._cast, "expect")

    @property
    def performance(self) -> Performance:
        """The script's side of the run, for what has no words."""
        return self._performance

    def __getattr__(self, name: str) -> Actor:
        if name.startswith("_"):
            raise AttributeError(name)
        return Actor(self._performance, self._cast, name)

    def __getitem__(self, name: str) -> Actor:
        """An actor whose name is no Python name."""
        return Actor(self._performance, self._cast, name)


class Actor:
    """Somebody who acts or is waited for: `await actor.verb(value, option=...)`."""

    def __init__(self, performance: Performance, cast: Cast, name: str) -> None:
        self._performance = performance
        self._cast = cast
        self._name = name

    def __getattr__(self, verb: str) -> Callable[..., Awaitable[None]]:
        if verb.startswith("_"):
            raise AttributeError(verb)

        async def act(value: Any = None, /, **options: Any) -> None:
            await self._perform({word(verb): value, **options}, calling_place())

        return act

    async def _perform(self, words: Mapping[str, Any], place: Place) -> None:
        said = {word(key): value for key, value in words.items()}
        pairs = one_pair(node(place, {self._name: said}))
        actor, verb = pairs.pairs[0]
        step = read_step(pairs, actor, verb, self._cast)
        self._judge()
        await self._performance.perform(step, PERFORM[type(step.verb)])

    def _judge(self) -> None:
        """Raise for words that the carrier does not know."""
        stage = self._performance.stage
        found = list(problems(self._cast.terms, {stage.carrier.name: stage.vocabulary}))
        self._cast.terms.clear()
        if found:
            raise ScenarioError(found)


class Expectations(Actor):
    """What a test expects. Words are given by name: what is looked for, and the options of its step."""

    async def __call__(self, **words: Any) -> None:
        """`await world.expect(call="ended", by="anna", within="2s")`."""
        await self._perform(words, calling_place())

    async def never(self, *, for_: str, **words: Any) -> None:
        """`await world.expect.never(heard={"contains": "Saturday"}, for_="10s")`."""
        unwanted = {word(key): value for key, value in words.items()}
        await self._perform({"never": unwanted, "for": for_}, calling_place())


def live(setting: Setting, make_subject: SubjectFactory, test: Callable[[Live], Awaitable[None]]) -> Lived:
    """Run a test in a world of its own, to the end of everything that a scenario has, rules included.

    Raises `ScenarioError` for a setting that is wrong. What the test raises is kept in `Lived.raised`; a step that did
    not hold is a failure of the outcome too.
    """
    cast, plan = described(setting)
    raised: list[BaseException] = []

    async def script(performance: Performance) -> None:
        try:
            await test(Live(performance, cast))
        except StepFailed as failed:
            raised.append(failed)
            raise
        except Exception as error:  # noqa: BLE001 - a test's own failure is told as it is, once its world is over
            raised.append(error)

    run = Run(plan, make_subject, setting.seed, script, LONGEST)
    run.perform()
    outcome = replace(judged(run, setting.seed, 0), again=f"pytest {shlex.quote(plan.id)}")
    return Lived(outcome, raised[0] if raised else None)


def described(setting: Setting) -> tuple[Cast, Plan]:
    """The cast and the plan, without steps, of a setting."""
    blocks = {"app": setting.app, "people": setting.people, "agent": setting.agent, "tunnel": setting.tunnel}
    root = node(setting.place, {key: block for key, block in blocks.items() if block is not None})
    assert isinstance(root, Pairs)
    reading = BodyReading(root)
    members = reading.people(frozenset())
    reading.cast = cast = Cast(members, scripted_brain=setting.agent is not None)
    cast.tunnel = reading.block("tunnel", "none")
    written: Mapping[str, Any] = reading.block("app", {})
    agent = reading.block("agent", None)
    reading.findings.settle()
    return cast, Plan(
        id=f"{setting.place.file.as_posix()}::{setting.name}",
        name=setting.name,
        why="",
        place=setting.place,
        carrier=setting.carrier,
        cell={},
        app=written,
        where=reading.places(),
        people=tuple(plan for member in members.values() if (plan := whole(member)) is not None),
        steps=(),
        agent=agent,
        tunnel=cast.tunnel,
        seed=setting.seed,
    )


def whole(member: Member) -> Any:
    """The person; crowds are for scenario files."""
    if member.count is not None:
        raise ValueError(f"{member.name}: a test names its people one by one; crowds are for scenario files")
    return member.plan


# --- Python values as nodes of a scenario -----------------------------------------------------------------------


def word(name: str) -> str:
    """A word of the language from its Python form: `hangs_up` is `hangs up`, `for_` is `for`."""
    return name.removesuffix("_").replace("_", " ")


def node(place: Place, value: Any) -> Node:
    """A Python value as if it stood in a file: words, numbers and flags plain, other texts quoted, None is nothing."""
    match value:
        case None:
            return Scalar(place, "", plain=True)
        case bool():
            return Scalar(place, "true" if value else "false", plain=True)
        case str():
            return Scalar(place, value, plain=WORD.fullmatch(value) is not None and core(value) == value)
        case Mapping():
            return Pairs(
                place, tuple((Scalar(place, str(key), plain=True), node(place, item)) for key, item in value.items())
            )
        case list() | tuple():
            return Items(place, tuple(node(place, item) for item in value))
        case _:
            return Scalar(place, str(value), plain=True)


def calling_place() -> Place:
    """Where the test's line is."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    if frame is None:
        return Place(Path("<test>"), 1, 1)
    return place_of(Path(frame.f_code.co_filename), frame.f_lineno)


def place_of(file: Path, line: int) -> Place:
    """A place in a Python file."""
    excerpt = linecache.getline(str(file), line).rstrip()
    indent = len(excerpt) - len(excerpt.lstrip())
    return Place(file, line, indent + 1, excerpt, max(1, len(excerpt) - indent))
