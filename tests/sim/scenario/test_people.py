"""People, machines and crowds, as a file describes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from voicecall_sim.actors import cast as actors
from voicecall_sim.scenario import plans
from voicecall_sim.scenario.crowd import Crowd
from voicecall_sim.scenario.grammar.machines import KINDS
from voicecall_sim.scenario.plan import HangsUp, PersonPlan, Presses, Says, StaysSilent
from voicecall_sim.world.clock import SECOND

from .reading import HEAD, document, messages, plan, problems, scenario


def described(description: str, *lines: str) -> str:
    return scenario(*(lines or ("anna: {calls: app}",)), people=f"people:\n  anna: {description}\n")


def anna(description: str, *lines: str) -> PersonPlan:
    """Anna, described so."""
    (person,) = plan(described(description, *lines)).people
    return person


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("", {"pickup": "answers", "answer_after": 2 * SECOND}),
        ("answers: {after: 3s}", {"pickup": "answers", "answer_after": 3 * SECOND}),
        ("answers: ", {"pickup": "answers", "answer_after": 2 * SECOND}),
        ("rejects: {after: 1s}", {"pickup": "rejects", "answer_after": SECOND}),
        ("rejects: ", {"pickup": "rejects", "answer_after": 2 * SECOND}),
        ("is busy: ", {"pickup": "busy", "answer_after": None}),
        ("is busy", {"pickup": "busy"}),
        ("never answers: true", {"pickup": "never"}),
        ("unreachable: ", {"pickup": "unreachable"}),
        ("voice: {rate: 1.2, accent: scottish}", {"rate": 1.2, "accent": "scottish"}),
        ("line: {echo: -20dB, noise: -30dB, loss: 2%}", {"line": {"echo": -20.0, "noise": -30.0, "loss": 0.02}}),
        ("greeting: Hello?", {"kind": "human", "options": {"greeting": "Hello?"}}),
        ("kind: voicemail, beep: false, length: 30s", {"options": {"beep": False, "length": 30 * SECOND}}),
        ("kind: screener, connects: true", {"kind": "screener", "options": {"connects": True}}),
        ("kind: fax, patience: 10s", {"kind": "fax", "options": {"patience": 10 * SECOND}}),
        ("kind: hold, says: Please., gives up: 5m", {"options": {"says": "Please.", "gives up": 300 * SECOND}}),
    ],
)  # fmt: skip
def test_descriptions(description: str, expected: dict[str, Any]) -> None:
    person = anna(f"{{phone: +15550005678, {description}}}")
    assert replace(person, **expected) == person


def test_a_screener_may_want_an_answer_of_some_kind() -> None:
    wanted = anna("{phone: +15550005678, kind: screener, connects: {contains: parcel}}").options["connects"]
    assert not wanted.difference("I have a Parcel for you.")
    assert wanted.difference("Spam.")


def test_menus_nest() -> None:
    menu = anna(
        '{phone: +15550005678, kind: ivr, rounds: 2, menu: {says: "Press 1 or star.", 1: {says: "Four digits.", '
        'digits: 4, then: {says: "Thanks."}}, "*": {says: "Bye."}}}'
    )
    assert menu.options == {
        "rounds": 2,
        "menu": {
            "says": "Press 1 or star.",
            "1": {"says": "Four digits.", "digits": 4, "then": {"says": "Thanks."}},
            "*": {"says": "Bye."},
        },
    }


def test_the_keys_of_every_kind_are_those_that_actors_read() -> None:
    assert {name: set(kind.keys) for name, kind in KINDS.items()} == {
        name: set(kind.readers) for name, kind in actors.KINDS.items()
    }
    assert {name: [key for key, form in kind.keys.items() if form.needed] for name, kind in KINDS.items()} == {
        name: list(kind.needs) for name, kind in actors.KINDS.items()
    }


def test_every_option_is_understood_by_the_actors() -> None:
    menu = anna('{phone: +15550005678, kind: ivr, timeout: 3s, menu: {says: "One?", 1: {says: "Yes."}}}')
    actors.manner(menu.kind, menu.options)
    box = anna("{phone: +15550005678, kind: voicemail, greeting: Hi., beep: true, length: 1m, silence: 3s}")
    actors.manner(box.kind, box.options)


def test_habits_come_in_order_and_after_a_while() -> None:
    person = anna(
        '{phone: +15550005678, when: [{hears: press one, presses: "1", says: There., after: 1s},'
        " {hears: bye, hangs up: }]}"
    )
    first, second = person.habits
    assert first.does == (StaysSilent(SECOND), Presses("1"), Says("There."))
    assert second.does == (HangsUp(),)
    assert not first.hears.difference("For sales, press one.")


def test_who_answers_by_a_step_does_not_answer_alone() -> None:
    person = anna("{phone: +15550005678}", "app: {call: anna}", "anna: answers")
    assert (person.pickup, person.answer_after) == ("answers", None)


def test_who_rejects_by_a_step_rings_until_then() -> None:
    assert anna("{phone: +15550005678}", "app: {call: anna}", "anna: rejects").answer_after is None
    later = anna("{phone: +15550005678, answers: {after: 20s}}", "app: {call: anna}", "anna: rejects")
    assert later.answer_after == 20 * SECOND


def test_somebody_is_spoken_of_by_number() -> None:
    assert anna("{phone: +15550005678}", "app: {call: +15550005678}").name == "anna"


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("+15550005678", "`anna` is described by a map, this is a single value"),
        ("{phone: nobody}", "`nobody` is no telephone number"),
        ("{phone: }", "a telephone number is missing here"),
        ("{phone: +15550005678, busy: }", "`anna` has no key `busy`"),
        ("{phone: +15550005678, answers: 3s}", "`answers` is followed by when, in braces"),
        ("{phone: +15550005678, answers: {afer: 3s}}", "`answers` has no key `afer`"),
        ("{phone: +15550005678, is busy: false}", "nothing stands after `is busy`"),
        ("{phone: +15550005678, line: {loss: 2}}", "`2` is no percentage"),
        ("{phone: +15550005678, voice: {rate: quick}}", "`quick` is no number"),
        ("{phone: +15550005678, when: {hears: a, says: b}}", "a list of habits is wanted here, this is a map"),
        ("{phone: +15550005678, when: [{says: b}]}", "a habit needs `hears`"),
        ("{phone: +15550005678, kind: ivr}", "`anna` needs `menu`"),
        ("{phone: +15550005678, kind: ivr, menu: {1: {says: x}}}", "a menu needs `says`"),
        ("{phone: +15550005678, kind: ivr, menu: {says: x, digits: 4}}", "`digits` and `then` go together"),
        ("{phone: +15550005678, kind: ivr, menu: {says: x, digits: 4, then: {says: y}, 1: {says: z}}}",
         "a menu takes either one key of several or `digits`"),
        ("{count: many}", "`many` is no whole number"),
        ("{count: 0}", "`0` is less than 1"),
        ("{count: 99999999}", "`99999999` is too large a crowd"),
    ],
)  # fmt: skip
def test_descriptions_that_cannot_be(description: str, message: str) -> None:
    found = problems(described(description))
    assert [problem.message for problem in found] == [message]
    assert found[0].remedy


@pytest.mark.parametrize("name", ["app", "expect", "only", "network", "Anna", "an na"])
def test_names_that_nobody_can_have(name: str) -> None:
    text = f"{HEAD}people:\n  {name}: {{phone: +15550005678}}\nsteps:\n  - clock: {{waits: 1s}}\n"
    assert len(messages(text)) == 1


def test_mistakes_about_a_person_do_not_hide_mistakes_in_steps() -> None:
    text = described("{phone: 5}", "anna: {calls: app}", "anna: {haers: x}")
    assert messages(text) == ["`5` is no telephone number", "`haers` is not a verb of a person"]


CROWD_OF_ONE = Crowd("crowd", 1, anna("{phone: +15550005678}"))

# --- crowds -----------------------------------------------------------------------------------------------------

CROWD = "people: {crowd: {count: 50, answers: {after: 1s}}, maria: {phone: +15550005678}}\n"


def crowd(seed: int | None = None, people: str = CROWD) -> list[PersonPlan]:
    text = scenario("crowd: {calls: app}", "maria: {calls: app}", people=people)
    (found,) = plans(document(text), ["twilio"], seed=seed)
    return [person for person in found.people if person.crowd]


def test_a_crowd_has_so_many_people_with_names_and_numbers() -> None:
    members = crowd()
    assert len(members) == len({person.name for person in members}) == len({person.phone for person in members}) == 50
    assert all(person.phone.startswith("+1555") and len(person.phone) == 12 for person in members)
    assert all(person.name.replace("-", "").isalnum() and person.name.islower() for person in members)
    assert {(person.crowd, person.answer_after) for person in members} == {("crowd", SECOND)}


def test_a_crowd_is_the_same_for_the_same_seed() -> None:
    assert crowd(7) == crowd(7)
    assert {person.name for person in crowd(7)} != {person.name for person in crowd(8)}


def test_two_crowds_share_nobody() -> None:
    text = scenario("a: {calls: app}", "b: {calls: app}", people="people: {a: {count: 200}, b: {count: 200}}\n")
    people = plan(text).people
    assert len({person.name for person in people}) == len({person.phone for person in people}) == 400


def test_nobody_of_a_crowd_has_a_name_or_a_number_that_is_taken() -> None:
    (first,) = CROWD_OF_ONE.members(7, [], [])
    (other,) = CROWD_OF_ONE.members(7, [first.name, f"{first.name}-2"], [first.phone])
    assert other.name == f"{first.name}-3"
    assert other.phone != first.phone


def test_strict_crowds_are_strict_one_by_one() -> None:
    text = scenario("crowd: {calls: app}", people="people: {crowd: {count: 2}}\n", top="strict: [crowd, app]\n")
    found = plan(text)
    assert found.strict == (*(person.name for person in found.people), "app")
