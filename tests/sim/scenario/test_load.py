"""Heads, plans, files."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecall_sim.scenario import ScenarioError, find, load, plans, understand
from voicecall_sim.scenario.load import Document

from .reading import FILE, HEAD, PEOPLE, document, messages, plan, problems, scenario

TEXT = scenario("anna: hangs up")
KNOWN = ("twilio", "telnyx")


def carriers(written: str) -> Document:
    return document(TEXT.replace("carriers: [twilio]\n", f"carriers: {written}\n" if written else ""))


def test_a_plan_has_what_the_head_says() -> None:
    found = plan(scenario(top='tags: [slow, nightly]\nexpect_fail: "not yet"\nseed: 7\nstrict: true\ntunnel: none\n'))
    assert (found.name, found.why, found.carrier) == ("Some", "To see.", "twilio")
    assert (found.tags, found.expect_fail, found.seed) == (frozenset({"slow", "nightly"}), "not yet", 7)
    assert found.strict == ("anna", "bert", "app", "carrier")
    assert str(found.place) == "some.scenario.yaml:1:1"


def test_one_tag_and_one_threshold_need_no_brackets() -> None:
    found = plan(scenario(top='tags: slow\nthresholds: "turn.p95 < 1500ms"\nstrict: [anna]\n'))
    assert found.tags == {"slow"}
    assert [str(each) for each in found.thresholds] == ["turn.p95 < 1500ms"]
    assert found.strict == ("anna",)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[twilio]", {"twilio": None}),
        ("twilio", {"twilio": None}),
        ("[telnyx, twilio]", {"telnyx": None, "twilio": None}),
        ("[twilio, plivo]", {"twilio": None, "plivo": "`plivo` is not emulated by this installation"}),
        ("[plivo]", {"plivo": "`plivo` is not emulated by this installation"}),
        ("", {"twilio": None, "telnyx": None}),
    ],
)
def test_carriers_that_are_not_emulated_here_are_skipped(written: str, expected: dict[str, str | None]) -> None:
    assert {each.carrier: each.skip for each in plans(carriers(written), KNOWN)} == expected


def test_a_carrier_that_lacks_something_is_skipped_for_that_reason() -> None:
    text = scenario(top='skip: {telnyx: "it has no markup"}\n').replace("[twilio]", "[twilio, telnyx]")
    assert [each.skip for each in plans(document(text), KNOWN)] == [None, "it has no markup"]


def test_a_misspelt_carrier_is_an_error() -> None:
    with pytest.raises(ScenarioError, match=r"`twillio` is no carrier\n.*\n.*\n.*Did you mean `twilio`\?"):
        plans(carriers("[twillio, plivo]"), KNOWN)


@pytest.mark.parametrize(("file", "asked", "seed"), [(None, None, 0), (7, None, 7), (7, 3, 3), (None, 3, 3), (7, 0, 0)])
def test_the_seed_that_is_asked_for_goes_before_the_files(file: int | None, asked: int | None, seed: int) -> None:
    assert plan(scenario(top=f"seed: {file}\n" if file is not None else ""), seed=asked).seed == seed


def test_without_why_there_is_a_warning() -> None:
    text = TEXT.replace("why: To see.\n", "")
    (warning,) = problems(text)
    assert warning.warning
    assert str(warning).startswith("some.scenario.yaml:1:1: warning: a scenario without `why`\n")
    assert document(text).warnings == (warning,)


def test_bundled_scenarios_have_their_why() -> None:
    text = TEXT.replace("why: To see.\n", "")
    with pytest.raises(ScenarioError, match="a scenario without `why`"):
        understand(text, Path("scenarios/notify/some.scenario.yaml"))
    assert understand(text, Path("tests/scenarios.yaml")).warnings


@pytest.mark.parametrize(
    ("top", "message"),
    [
        ("tags: [Slow ones]\n", "`Slow ones` cannot be a name"),
        ("expect_fail: true\n", None),
        ("expect_fail: \n", "a text is missing here"),
        ("strict: [carl]\n", "there is nobody called `carl`"),
        ("strict: yes\n", "`yes` is neither true nor false"),
        ("skip: plivo\n", "`skip` is a map, this is a single value"),
        ("agent: {hears: a, replies: b}\n", "a list of pairs is wanted here, this is a map"),
        ("agent: [{hears: a}]\n", "a pair needs `replies`"),
        ("agent: [{hears: a, says: b}]\n", "a pair has no key `says`"),
        ("app: none\n", "the configuration of the application is a map, this is a single value"),
        ("app: [a]\n", "the configuration of the application is a map, this is a list"),
        ("thresholds: [fast]\n", "`fast` is no limit on a metric"),
        ("matrix: \n", "`matrix` is a map, this is a single value"),
        ("use: \n", "a text is missing here"),
    ],
)
def test_heads(top: str, message: str | None) -> None:
    found = messages(scenario(top=top))
    assert found[:1] == ([message] if message else [])


def test_carriers_cannot_be_none() -> None:
    assert messages(TEXT.replace("[twilio]", "[]")) == ["there are no carriers"]


def test_people_are_a_map() -> None:
    assert messages(f"{HEAD}people: [anna]\nsteps: [clock: {{waits: 1s}}]\n") == ["`people` is a map, this is a list"]


def test_people_may_be_absent() -> None:
    assert plan(f"{HEAD}steps: [app: {{call: +15550005678}}]\n").people == ()


def test_everything_wrong_is_told_at_once() -> None:
    text = (
        "voicecall: 2\nnmae: Some\nwhy: To see.\ncarriers: [twilio, twilio]\nmatrix: {age: [1s]}\nseed: x\n"
        f"{PEOPLE}tunnel: ngork\nsteps:\n  - anna: {{haers: x}}\n  - app: {{call: carl}}\n  - bert: hangs up\n"
    )
    assert [problem.place.line for problem in problems(text)] == [1, 2, 4, 5, 6, 10, 12, 13]


def test_the_configuration_is_plain_data_with_places() -> None:
    top = (
        "app:\n  fromNumber: +15550001234\n  streaming: {enabled: false, n: 3, f: 0.5}\n"
        "  allowFrom: [+15550005678, '1']\n  x: null\n"
    )
    found = plan(scenario(top=top))
    assert found.app == {
        "fromNumber": "+15550001234",
        "streaming": {"enabled": False, "n": 3, "f": 0.5},
        "allowFrom": ["+15550005678", "1"],
        "x": None,
    }
    assert {path: (place.line, place.column, place.width) for path, place in found.where.items()} == {
        "app": (6, 3, 1),
        "app.fromNumber": (6, 3, 24),
        "app.streaming": (7, 3, 9),
        "app.streaming.enabled": (7, 15, 14),
        "app.streaming.n": (7, 31, 4),
        "app.streaming.f": (7, 37, 6),
        "app.allowFrom": (8, 3, 9),
        "app.allowFrom.0": (8, 15, 12),
        "app.allowFrom.1": (8, 29, 3),
        "app.x": (9, 3, 7),
    }


# --- files ------------------------------------------------------------------------------------------------------


def test_files_are_found_once_and_in_order(tmp_path: Path) -> None:
    for name in ("b/two.scenario.yaml", "a/one.scenario.yaml", "a/shared.yaml", "c.scenario.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    found = find([tmp_path / "b", tmp_path, tmp_path / "a" / "shared.yaml"])
    assert [str(file.relative_to(tmp_path)) for file in found] == [
        "b/two.scenario.yaml",
        "a/one.scenario.yaml",
        "c.scenario.yaml",
        "a/shared.yaml",
    ]
    assert load(found[0]).name == load(str(found[0])).name == "Some"


def test_paths_that_lead_nowhere_are_all_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        find([tmp_path, tmp_path / "nowhere"])
    assert [problem.message for problem in caught.value.problems] == [
        "there is no scenario below it (files ending in .scenario.yaml)",
        "there is no such file or directory",
    ]


def test_ids_begin_with_the_path_that_was_given() -> None:
    text = scenario()
    (found,) = plans(understand(text, Path("some/where/a.scenario.yaml")), ["twilio"])
    assert found.id == "some/where/a.scenario.yaml::some[twilio]"
    assert plan(text).id.startswith(f"{FILE}::")
