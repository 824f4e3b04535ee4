"""Steps about tunnels, with an application that opens none itself: the tunnel stands before it."""

from __future__ import annotations

import pytest

from voicecall_sim.report.rungs import Tone, rung
from voicecall_sim.runner.events import Outcome, Verdict
from voicecall_sim.scenario.errors import ScenarioError
from voicecall_sim.tunnels.kinds import KINDS

from .conftest import Play, Write, titles

GREETED = """
app: {greeting: "Hello."}
steps:
  - anna: {calls: app}
  - anna: {hears: "Hello."}
  - anna: hangs up
"""
STEP = """
app: {greeting: "Hello."}
steps:
  - anna: {calls: app}
  - anna: {hears: "Hello."}
  - tunnel: {{STEP}}
  - anna: hangs up
"""


def after(step: str) -> str:
    return STEP.replace("{{STEP}}", step)


def urls(outcome: Outcome) -> set[str]:
    """The public hosts that webhooks went to."""
    return {entry.data["url"].split("/")[2] for entry in outcome.journal if entry.kind == "webhook"}


@pytest.mark.parametrize("kind", KINDS)
def test_calls_come_through(kind: str, play: Play) -> None:
    outcome = play(f"tunnel: {kind}\n{GREETED}")
    assert (outcome.verdict, titles(outcome)) == (Verdict.PASSED, [])
    assert len(urls(outcome)) == 1


@pytest.mark.parametrize(
    ("kind", "step", "title"),
    [
        (
            "ngrok",
            "changes url",
            "`ngrok` keeps its reserved domain voice-agent.ngrok.app; the address of `ngrok-free`",
        ),
        ("ngrok", "shows interstitial", "paid plans of ngrok have no page of warning"),
        ("tls-proxy", "shows interstitial", "`tls-proxy` has no page of warning; `ngrok-free` has"),
        ("tailscale-funnel", "shows interstitial", "Tailscale has no page of warning"),
        ("port-adding", "{fails: missing}", "`port-adding` has no program that an application starts"),
        ("ngrok-free", "{fails: not enabled}", "ngrok's program knows no trouble `not enabled`"),
        ("tailscale-serve", "{fails: taken}", "Tailscale's program knows no trouble `taken`"),
    ],
)
def test_what_cannot_happen_to_a_tunnel(kind: str, step: str, title: str, play: Play) -> None:
    outcome = play(f"tunnel: {kind}\n{after(step)}")
    assert outcome.verdict is Verdict.FAILED
    assert titles(outcome)[0].startswith(title)
    assert outcome.failures[0].place is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (after("restarts"), "there is no tunnel in this scenario"),
        ("tunnel: ngrok\n" + after("{fails: badly}"), "badly"),
        ("tunnel: cloudflare\n" + GREETED, "cloudflare"),
    ],
)
def test_what_cannot_be_written(text: str, says: str, write: Write) -> None:
    with pytest.raises(ScenarioError, match=says):
        write(text)


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_restarts_is_there_again(kind: str, play: Play) -> None:
    again = GREETED.replace("steps:", "steps:\n  - tunnel: restarts")
    outcome = play(f"tunnel: {kind}\n{again}")
    if kind == "ngrok-free":  # the number still points at its old address
        assert outcome.verdict is Verdict.FAILED
        assert {entry.data["status"] for entry in outcome.journal if entry.kind == "webhook"} == {404}
    else:
        assert (outcome.verdict, titles(outcome)) == (Verdict.PASSED, [])


@pytest.mark.parametrize(("kind", "status"), [("ngrok", 404), ("tls-proxy", 0), ("tailscale-funnel", 0)])
def test_one_that_is_dead_leads_nowhere(kind: str, status: int, play: Play) -> None:
    outcome = play(f"tunnel: {kind}\n{GREETED}".replace("steps:", "steps:\n  - tunnel: dies"))
    assert outcome.verdict is Verdict.FAILED
    assert {entry.data["status"] for entry in outcome.journal if entry.kind == "webhook"} == {status}


@pytest.mark.parametrize("kind", ["tls-proxy", "path-rewriting", "tailscale-funnel"])
def test_another_name(kind: str, play: Play) -> None:
    text = f"""
    tunnel: {kind}
    app: {{greeting: "Hello."}}
    steps:
      - tunnel: {{changes url: other.example.com}}
      - carrier: {{redirects: {{fallback: "https://nobody.example.com/"}}}}
      - app: restarts
      - anna: {{calls: app}}
      - anna: {{hears: "Hello."}}
      - anna: hangs up
    """
    outcome = play(text)
    assert (outcome.verdict, titles(outcome)) == (Verdict.PASSED, [])
    assert urls(outcome) == {"other.example.com"}


REQUEST = """
tunnel: {kind}
steps:
  - app: {{request: {{method: GET, path: "{path}", through: {through}, headers: {{User-Agent: Mozilla/5.0}}}}}}
"""


@pytest.mark.parametrize(
    ("kind", "path", "through", "status"),
    [
        ("ngrok-free", "/nowhere", "tunnel", 200),  # the page of warning
        ("ngrok-free", "/health", "listener", 200),
        ("ngrok-free", "/nowhere", "listener", 404),
        ("ngrok-free", "/nowhere", "loopback", 404),
        ("tls-proxy", "/nowhere", "tunnel", 404),
    ],
)
def test_ways_in(kind: str, path: str, through: str, status: int, play: Play) -> None:
    outcome = play(REQUEST.format(kind=kind, path=path, through=through), people="")
    answers = [entry.data["status"] for entry in outcome.journal if entry.kind == "rpc"]
    assert (outcome.verdict, answers) == (Verdict.PASSED, [status])


def test_the_token_of_its_account_is_a_secret(play: Play) -> None:
    outcome = play("tunnel: ngrok-free\n" + GREETED)
    assert outcome.verdict is Verdict.PASSED
    assert [entry.data["event"] for entry in outcome.journal if entry.kind == "tunnel"] == ["opened"]


def test_the_ladder_shows_what_happens_to_it(play: Play) -> None:
    outcome = play("tunnel: ngrok-free\n" + after("shows interstitial"))
    shown = [rung(entry) for entry in outcome.journal if entry.kind == "tunnel"]
    assert [(drawn.label.partition(":")[0], drawn.tone) for drawn in shown] == [
        ("tunnel opened", Tone.PLAIN),
        ("tunnel shows interstitial", Tone.FAULT),
    ]
