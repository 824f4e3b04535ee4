"""`use: file.yaml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecall_sim.scenario import ScenarioError, load, plans

HEAD = "voicecall: 1\nname: Some\nwhy: To see.\n"
STEPS = "steps: [anna: {calls: app}]\n"
SHARED = """\
app: {inboundPolicy: open, tunnel: {provider: ngrok}, allowFrom: [+15550009999]}
agent: [{hears: hours, replies: "From nine to five."}]
tunnel: ngrok-free
people:
  anna: {phone: +15550005678}
  bert: {phone: +15550005679}
"""


def written(folder: Path, **files: str) -> Path:
    """Files by their names without `.yaml`; the path of `main`."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / "main.yaml"


def test_blocks_are_shared(tmp_path: Path) -> None:
    main = written(tmp_path, main=f"{HEAD}use: shared.yaml\n{STEPS}", shared=SHARED)
    (plan,) = plans(load(main), ["twilio"])
    assert plan.app["inboundPolicy"] == "open"
    assert plan.tunnel == "ngrok-free"
    assert plan.agent is not None
    assert [person.name for person in plan.people] == ["anna"]  # a shared person whom nobody speaks of stays at home


def test_the_files_own_wins(tmp_path: Path) -> None:
    own = (
        "app: {tunnel: {ngrokDomain: a.example.com}, allowFrom: []}\ntunnel: none\n"
        "people: {anna: {phone: +15550001111}}\nagent: [{hears: hours, replies: Always.}]\n"
    )
    main = written(tmp_path, main=f"{HEAD}use: shared.yaml\n{own}{STEPS}", shared=SHARED)
    (plan,) = plans(load(main), ["twilio"])
    assert plan.app == {
        "tunnel": {"ngrokDomain": "a.example.com", "provider": "ngrok"},
        "allowFrom": [],
        "inboundPolicy": "open",
    }
    assert (plan.tunnel, plan.people[0].phone) == ("none", "+15550001111")
    assert plan.agent is not None
    assert [pair.replies for pair in plan.agent] == ["Always.", "From nine to five."]


def test_places_are_those_of_the_file_where_it_stands(tmp_path: Path) -> None:
    main = written(tmp_path, main=f"{HEAD}use: shared.yaml\n{STEPS}", shared=SHARED)
    (plan,) = plans(load(main), ["twilio"])
    assert plan.where["app.inboundPolicy"].file == tmp_path / "shared.yaml"
    assert str(plan.people[0].place) == f"{tmp_path / 'shared.yaml'}:5:3"


def test_of_several_files_the_later_wins_and_files_use_files(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main=f"{HEAD}use: [one.yaml, two.yaml]\n{STEPS}",
        one="voicecall: 1\nuse: people.yaml\napp: {a: 1, b: 1}\n",
        two="app: {b: 2}\n",
        people="people: {anna: {phone: +15550005678}}\n",
    )
    (plan,) = plans(load(main), ["twilio"])
    assert plan.app == {"a": 1, "b": 2}


def test_a_file_may_be_used_twice_but_not_by_itself(tmp_path: Path) -> None:
    main = written(tmp_path, main=f"{HEAD}use: [one.yaml, two.yaml]\n{STEPS}", one="use: two.yaml\n", two=SHARED)
    assert load(main)
    written(tmp_path, two="use: one.yaml\n")
    with pytest.raises(ScenarioError) as caught:
        load(main)
    assert caught.value.problems[0].message == "`two.yaml` uses itself: main.yaml → two.yaml → one.yaml → two.yaml"
    assert caught.value.problems[0].place.file == tmp_path / "one.yaml"


@pytest.mark.parametrize(
    ("shared", "message"),
    [
        ("steps: [anna: hangs up]\n", "`steps` cannot be shared"),
        ("name: Shared\npeople: {}\n", "`name` cannot be shared"),
        ("[1]\n", "this is no scenario"),
        ("people: {bert: {phone: 1}, anna: {phone: +15550005678}}\n", "`1` is no telephone number"),
        ("people: {anna: &a {phone: +15550005678}}\n", "the anchor `&a` is refused"),
    ],
)
def test_mistakes_in_a_used_file_are_shown_there(tmp_path: Path, shared: str, message: str) -> None:
    main = written(tmp_path, main=f"{HEAD}use: shared.yaml\n{STEPS}", shared=shared)
    with pytest.raises(ScenarioError) as caught:
        load(main)
    assert caught.value.problems[-1].message == message
    assert caught.value.problems[-1].place.file == tmp_path / "shared.yaml"


def test_shared_blocks_may_refer_to_axes(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main=f"{HEAD}use: shared.yaml\nmatrix: {{number: [+15550001111, +15550002222]}}\n{STEPS}",
        shared='people: {anna: {phone: "{number}"}}\n',
    )
    assert [plan.people[0].phone for plan in plans(load(main), ["twilio"])] == ["+15550001111", "+15550002222"]


def test_unused_people_of_the_file_itself_are_an_error(tmp_path: Path) -> None:
    own = "people: {carl: {phone: +15550005670}}\n"
    main = written(tmp_path, main=f"{HEAD}use: shared.yaml\n{own}{STEPS}", shared=SHARED)
    with pytest.raises(ScenarioError, match="no step speaks of `carl`"):
        load(main)
