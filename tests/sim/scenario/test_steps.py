"""Every verb of the language, from a line of a scenario to what the runner performs."""

from __future__ import annotations

import pytest

from voicecall_sim.scenario.matching import Anything
from voicecall_sim.scenario.plan import (
    AgentStep,
    Answers,
    AppAsk,
    AppCall,
    AppEnd,
    AppLife,
    AppPress,
    AppRequest,
    AppSpeak,
    AppStatus,
    Calls,
    CarrierStep,
    HangsUp,
    Hears,
    HearsNothing,
    NetStep,
    Presses,
    Rejects,
    ReplyPlan,
    Says,
    StaysSilent,
    ToolPlan,
    TunnelStep,
    Verb,
    Waits,
    Window,
)
from voicecall_sim.scenario.verbs import VERBS
from voicecall_sim.world.clock import SECOND

from .reading import messages, plan, problems, scenario, steps, verb

CASES: list[tuple[str, Verb]] = [
    ("anna: {calls: app}", Calls()),
    ("anna: {calls: +15550001234, showing: anonymous}", Calls("+15550001234", "anonymous")),
    ("anna: answers", Answers()),
    ("anna: rejects", Rejects()),
    ('anna: {says: "Yes, that works."}', Says("Yes, that works.")),
    ("anna: {says: no}", Says("no")),
    ("anna: {says: 42}", Says("42")),
    ("anna: {interrupts: Wait!}", Says("Wait!", barge=True)),
    ("anna: hears nothing", HearsNothing()),
    ("anna: {hears nothing: 5s}", HearsNothing(5 * SECOND)),
    ("anna: {hears nothing: , for: 5s}", HearsNothing(5 * SECOND)),
    ("anna: {presses: 0123}", Presses("0123")),
    ('anna: {presses: "1ww*#"}', Presses("1ww*#")),
    ("anna: {stays silent: 3s}", StaysSilent(3 * SECOND)),
    ("anna: {stays silent: , for: 3s}", StaysSilent(3 * SECOND)),
    ("anna: hangs up", HangsUp()),
    ("anna: {hangs up: , after: 2s}", HangsUp()),
    ("app: {call: anna}", AppCall("anna")),
    ("app: {call: +15550009999, message: Hi, mode: notify}", AppCall("+15550009999", "Hi", "notify")),
    ("app: {call: anna, with: {sessionKey: 12}}", AppCall("anna", extra={"sessionKey": 12})),
    ("app: {ask: Well?}", AppAsk("Well?")),
    ("app: {speak: Hello.}", AppSpeak("Hello.")),
    ("app: {press: 1ww4711}", AppPress("1ww4711")),
    ("app: end", AppEnd()),
    ("app: status", AppStatus()),
    ("app: starts", AppLife("starts")),
    ("app: stops", AppLife("stops")),
    ("app: crashes", AppLife("crashes")),
    ("app: {restarts: , with: {maxConcurrentCalls: 2}}", AppLife("restarts", {"maxConcurrentCalls": 2})),
    ("app: {disk: full}", AppLife("disk full")),
    ("app: {disk: works}", AppLife("disk works")),
    (
        "app: {rpc: {method: voicecall.status, params: {callId: x}}}",
        AppRequest("rpc", {"method": "voicecall.status", "params": {"callId": "x"}}),
    ),
    ("app: {tool: {action: status, n: 1}}", AppRequest("tool", {"action": "status", "n": 1})),
    (
        "app: {request: {method: POST, path: /voice/webhook, headers: {X-A: b}, body: a=b}}",
        AppRequest("request", {"method": "POST", "path": "/voice/webhook", "headers": {"X-A": "b"}, "body": "a=b"}),
    ),
    ("app: {cli: \"status --json 'a b'\"}", AppRequest("cli", {"args": ["status", "--json", "a b"]})),
    ("net: {drop: next reply, of: {rest: create call}}", NetStep("drop", "next reply", {"rest": "create call"})),
    ("net: {delay: next webhook, by: 3s}", NetStep("delay", "next webhook", by=(3 * SECOND, 3 * SECOND))),
    (
        "net: {reorder: webhooks, by: {between: [0ms, 5s]}, seed: 7}",
        NetStep("reorder", "webhooks", by=(0, 5 * SECOND), options={"seed": 7}),
    ),
    (
        "net: {duplicate: webhooks, chance: 30%, count: 2, copies: 3}",
        NetStep("duplicate", "webhooks", chance=0.3, count=2, options={"copies": 3}),
    ),
    ("net: {replay: last webhook, of: {event: completed}}", NetStep("replay", "last webhook", {"event": "completed"})),
    (
        "net: {tamper: next webhook, change: {To: +15550001111, Digits: null}, to: /else, signature: stale}",
        NetStep(
            "tamper",
            "next webhook",
            options={"change": {"To": "+15550001111", "Digits": None}, "to": "/else", "signature": "stale"},
        ),
    ),
    ("net: {forge: next webhook, signature: wrong}", NetStep("forge", "next webhook", options={"signature": "wrong"})),
    ("net: {refuse: next tts, status: 429}", NetStep("refuse", "next tts", options={"status": 429})),
    ("net: {mute: stt, count: 2}", NetStep("mute", "stt", count=2)),
    ("net: {tamper: tts, chance: 30%}", NetStep("tamper", "tts", chance=0.3)),
    ("net: {cut: rest}", NetStep("cut", "rest")),
    ("net: cut", NetStep("cut", "everything")),
    ("net: heal", NetStep("heal", "everything")),
    ("carrier: {refuses: {create call: 21211, update call: 20404}}",
     CarrierStep("refuses", {"create call": 21211, "update call": 20404})),
    ("carrier: {limits: {concurrent requests: 1}}", CarrierStep("limits", {"concurrent requests": 1})),
    ("carrier: {limits: {trial: true}}", CarrierStep("limits", {"trial": True})),
    (
        "carrier: {redirects: {webhook: 'https://a.example.com/b'}}",
        CarrierStep("redirects", {"webhook": "https://a.example.com/b"}),
    ),
    ("clock: {waits: 5m}", Waits(300 * SECOND)),
]  # fmt: skip


@pytest.mark.parametrize(("line", "meant"), CASES, ids=[line for line, _ in CASES])
def test_a_step_means_a_verb(line: str, meant: Verb) -> None:
    assert verb(line) == meant


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("tunnel: restarts", TunnelStep("restarts")),
        ("tunnel: changes url", TunnelStep("changes url")),
        ("tunnel: {changes url: 'https://new.example.com'}", TunnelStep("changes url", "https://new.example.com")),
        ("tunnel: shows interstitial", TunnelStep("shows interstitial")),
        ("tunnel: dies", TunnelStep("dies")),
    ],
)
def test_tunnels_have_steps_where_there_is_one(line: str, meant: Verb) -> None:
    assert verb(line, top="tunnel: ngrok-free\n") == meant


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("agent: {slow: 20s}", AgentStep("slow", 20 * SECOND)),
        ("agent: {fails: 3}", AgentStep("fails", 3)),
        ("agent: {fails: 0}", AgentStep("fails", 0)),
        ("agent: {fails: always}", AgentStep("fails", "always")),
        ("agent: fails", AgentStep("fails", 1)),
    ],
)
def test_the_scripted_brain_can_be_changed(line: str, meant: Verb) -> None:
    assert verb(line, top="agent: []\n") == meant


def test_the_scripted_brain_does_not_fail_less_than_never() -> None:
    assert messages(scenario("agent: {fails: -1}", top="agent: []\n")) == ["`-1` is less than none"]


def test_the_scripted_brain_learns_pairs() -> None:
    learned = verb("agent: {hears: sunday, replies: We are closed.}", top="agent: []\n")
    assert isinstance(learned.value, ReplyPlan)
    assert learned.value.replies == "We are closed."
    assert not learned.value.hears.difference("Open on Sunday?")
    always = verb("agent: {replies: Always this.}", top="agent: []\n")
    assert always.value.hears == Anything("anything")


def test_the_scripted_brain_calls_functions() -> None:
    learned = verb("agent: {replies: Bye., calls: {end_call: {why: 'no, thanks'}}, then: Gone.}", top="agent: []\n")
    assert learned.value.calls == ToolPlan(name="end_call", arguments={"why": "no, thanks"})
    assert learned.value.then == "Gone."
    pairs = ["{hears: a, calls: {end_call: }}", "{hears: b, calls: end_call}"]
    made = plan(scenario("anna: hangs up", top=f"agent: [{', '.join(pairs)}]\n"))
    assert [pair.calls for pair in made.agent or ()] == [ToolPlan(name="end_call")] * 2


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("{hears: a}", "a pair needs `replies`"),
        ("{hears: a, calls: {}}", "one function is called at a time"),
        ("{hears: a, calls: {b: {}, c: {}}}", "one function is called at a time"),
        ("{hears: a, calls: {b: c}}", "what a function is given is a map, this is a single value"),
        ("{hears: a, replies: b, then: c}", "`then` follows the output of a function, and none is called"),
    ],
)
def test_a_pair_that_calls_nothing_sensible_is_an_error(pair: str, message: str) -> None:
    assert messages(scenario("anna: hangs up", top=f"agent: [{pair}]\n")) == [message]


@pytest.mark.parametrize("option", ["of: {rest: create call}", "change: {a: b}", "to: /x", "signature: wrong"])
def test_what_says_nothing_of_a_service_is_an_error(option: str) -> None:
    name = option.partition(":")[0]
    (message,) = messages(scenario(f"net: {{tamper: next tts, {option}}}"))
    assert message == f"`{name}` says nothing of a service"


def test_every_verb_of_the_table_is_tried_here() -> None:
    tried = {type(meant) for _, meant in CASES} | {TunnelStep, AgentStep, Hears}
    words = {line.partition(": ")[2].strip("{").partition(":")[0].strip("}") for line, _ in CASES}
    missing = {word for actor in ("person", "app", "net", "carrier", "clock") for word in VERBS[actor]} - words
    assert missing == {"hears"}
    assert len(tried) > 20


def test_what_is_heard_is_tried_whole_or_running() -> None:
    assert verb("anna: {hears: Hello.}").running is False
    assert verb("anna: {hears: {contains: Hello}}").running is True
    assert str(verb("anna: {hears: {contains: Hello}}").what) == "{contains: Hello}"


@pytest.mark.parametrize(
    ("line", "after", "window"),
    [
        ("anna: {says: Yes, after: 600ms}", 600_000, Window()),
        ("anna: {hears: Yes}", 0, Window(at_most=30 * SECOND)),
        ("anna: {hears: Yes, within: 2s, after: 1s}", SECOND, Window(at_most=2 * SECOND)),
        ("expect: {call: ended, within: {between: [2.5s, 4s]}}", 0, Window(at_most=4 * SECOND, at_least=2_500_000)),
    ],
)
def test_steps_have_their_time(line: str, after: int, window: Window) -> None:
    (step,) = steps(line)
    assert (step.after, step.window) == (after, window)


def test_a_step_is_shown_as_it_was_written() -> None:
    lines = ['anna: {says: "Yes, that works.", after: 600ms}', "anna: hangs up", "app: {restarts: , after: 1d}"]
    assert [step.source for step in steps(*lines)] == lines


def test_steps_of_one_carrier_are_performed_there_alone() -> None:
    text = scenario("only: {twilio: [anna: hangs up], telnyx: [bert: hangs up, clock: {waits: 1s}]}", "app: status")
    text = text.replace("[twilio]", "[twilio, telnyx]")
    from voicecall_sim.scenario import plans

    from .reading import document

    found = {
        plan.carrier: [step.source for step in plan.steps[2:]] for plan in plans(document(text), ["twilio", "telnyx"])
    }
    assert found == {
        "twilio": ["anna: hangs up", "app: status"],
        "telnyx": ["bert: hangs up", "clock: {waits: 1s}", "app: status"],
    }


def test_mistakes_in_steps_of_any_carrier_are_found() -> None:
    text = scenario("only: {twilio: [anna: hangs up], telnyx: [bert: hang up]}").replace("[twilio]", "[twilio, telnyx]")
    assert messages(text) == ["`hang up` is not a verb of a person"]


def test_calls_named_for_one_carrier_are_its_own() -> None:
    text = scenario(
        "only: {twilio: [app: {call: anna, as: first}, app: {end: , call: first}]}", "app: {end: , call: first}"
    )
    assert messages(text) == ["no earlier step names a call `first`"]


def test_a_named_call_is_referred_to() -> None:
    found = steps(
        "app: {call: anna, as: first}", "app: {ask: Well?, call: first}", "expect: {state: ended, call: first}"
    )
    assert [getattr(step.verb, "label", None) or getattr(step.verb, "call", None) for step in found[:2]] == [
        "first"
    ] * 2
    assert found[2].verb.expected.call == "first"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{}", "a step says who acts"),
        ("anna", "a step says who acts"),
        ("[anna, bert]", "a step says who acts"),
        ("anna: ", "the verb of a person is missing"),
        ("anna: [says, hears]", "a verb is wanted here, this is a list"),
        ("anna: {after: 3s}", "the verb of a person is missing"),
        ("anna: {stays silent: }", "`stays silent` needs how long"),
        ("anna: {stays silent: 3s, for: 3s}", "how long is said twice"),
        ("anna: {says: ''}", "an empty text"),
        ("anna: {says: }", "a text is missing here"),
        ("anna: {says: [a, b]}", "a text is wanted here, this is a list"),
        ("anna: {calls: app, after: soon}", "`soon` is no duration"),
        ("anna: {calls: anna}", "people call the application"),
        ("anna: {calls: 5550001234}", "`5550001234` is not in the form of E.164"),
        ("app: {call: anna, mode: converse}", "`converse` is not a mode"),
        ("app: {call: 5550001234}", "`5550001234` is not in the form of E.164"),
        ("app: {crashes: , with: {a: 1}}", "`crashes` has no key `with`"),
        ("app: {rpc: voicecall.status}", "an RPC request is a map, this is a single value"),
        ("app: {rpc: {params: {}}}", "an RPC request needs `method`"),
        ("app: {request: {method: BREW, path: /}}", "`BREW` is not an HTTP method"),
        ('app: {cli: "status \'a"}', "this is no command line: No closing quotation"),
        ("net: {drop: next reply, of: {}}", "`of` names nothing"),
        ("net: {drop: next reply, of: create call}", "`of` is a map, this is a single value"),
        ("net: {duplicate: webhooks, chance: 0.3}", "`0.3` is no percentage"),
        ("net: {delay: next webhook, by: {between: [2s]}}", "`between` takes two durations"),
        ("carrier: {refuses: {create call: }}", "a reason is wanted here"),
        ("clock: {waits: tomorrow}", "`tomorrow` is no duration"),
        ("clock: waits", "`waits` does not say enough"),
        ("only: [anna: hangs up]", "`only` names carriers"),
        ("only: {twilio: [only: {twilio: [anna: hangs up]}]}", "`only` inside of `only`"),
        ("only: {twilio: anna}", "steps are a list, this is a single value"),
    ],
)
def test_steps_that_cannot_be(line: str, message: str) -> None:
    found = problems(scenario(line))
    assert [problem.message for problem in found] == [message]
    assert found[0].remedy


def test_a_crowd_acts_one_after_the_other() -> None:
    crowd = "people: {crowd: {count: 3}, anna: {phone: +15550005678}}\n"
    found = plan(scenario("crowd: {calls: app, after: 2s}", "app: {call: crowd}", "anna: {calls: app}", people=crowd))
    names = [person.name for person in found.people if person.crowd == "crowd"]
    assert [step.actor for step in found.steps] == [*names, "app", "app", "app", "anna"]
    assert [step.after for step in found.steps[:3]] == [2 * SECOND] * 3
    assert [step.verb.to for step in found.steps[3:6]] == names  # type: ignore[union-attr]


@pytest.mark.parametrize("line", ["crowd: {calls: app, as: first}", "app: {call: crowd, as: first}"])
def test_the_calls_of_a_crowd_cannot_share_a_name(line: str) -> None:
    text = scenario("crowd: {calls: app}", line, "app: {end: , call: first}", people="people: {crowd: {count: 3}}\n")
    assert messages(text)[0] == "`crowd` are many, one name cannot stand for all their calls"
