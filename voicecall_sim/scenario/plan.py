"""A scenario, understood: frozen values that the runner performs. One plan is one cell of a scenario's matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from voicecall_sim.scenario.matching import Matcher
from voicecall_sim.scenario.place import Place as Place
from voicecall_sim.scenario.thresholds import Threshold
from voicecall_sim.world.clock import SECOND, Micros

DEFAULT_WITHIN: Micros = 30 * SECOND


@dataclass(frozen=True, slots=True)
class Window:
    """A span counted from the instant of the step before: something must happen in it (`at_least` .. `at_most`)."""

    at_most: Micros = DEFAULT_WITHIN
    at_least: Micros = 0


# --- acting verbs of a person -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Calls:
    """`calls: app`, or one of the app's numbers; `shown` is another caller id (`anonymous` included)."""

    number: str | None = None
    shown: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """Pick up now."""


@dataclass(frozen=True, slots=True)
class Rejects:
    """Decline now."""


@dataclass(frozen=True, slots=True)
class Says:
    """Speak. With `barge` (the verb `interrupts`) the step fails unless the other side is speaking."""

    words: str
    barge: bool = False


@dataclass(frozen=True, slots=True)
class Presses:
    """Press keys, one after the other (`w` waits half a second, `W` a second)."""

    keys: str


@dataclass(frozen=True, slots=True)
class StaysSilent:
    """Say nothing for a while: the following steps of this person come later by `span`."""

    span: Micros


@dataclass(frozen=True, slots=True)
class HangsUp:
    """Hang up now, in the middle of a word if need be."""


# --- awaiting verbs of a person ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hears:
    """A whole utterance, or (with `running`) the text so far, matches. `label` as in `expect`."""

    what: Matcher
    running: bool


@dataclass(frozen=True, slots=True)
class HearsNothing:
    """No voice reaches the ear for `span`, or (None) so far in the whole call."""

    span: Micros | None = None


# --- the application --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AppCall:
    """Place a call to a person (by name) or a number. `extra` holds further options, passed as they are."""

    to: str
    message: str | None = None
    mode: str | None = None
    label: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AppAsk:
    """`ask`: speak, then listen; the answer arrives as an `answer` event."""

    words: str
    call: str | None = None


@dataclass(frozen=True, slots=True)
class AppSpeak:
    """`speak`."""

    words: str
    call: str | None = None


@dataclass(frozen=True, slots=True)
class AppPress:
    """`press`."""

    digits: str
    call: str | None = None


@dataclass(frozen=True, slots=True)
class AppEnd:
    """`end`."""

    call: str | None = None


@dataclass(frozen=True, slots=True)
class AppStatus:
    """`status`."""

    call: str | None = None


@dataclass(frozen=True, slots=True)
class AppLife:
    """`starts`, `stops`, `crashes`, `restarts`; `disk full` and `disk works` tell whether it can store anything.

    `config` is laid over the scenario's for the next start.
    """

    what: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AppRequest:
    """`rpc: {method, params}`, `tool: {...}` or `request: {method, path, headers, body, through}` to the webhook
    server.
    """

    door: str
    payload: Mapping[str, Any]


# --- agent, net, carrier, tunnel, clock -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentStep:
    """Changes the scripted brain from now on: `slow: 20s` (µs), `fails: 3` (int or "always"), `replies: "text"` (a
    `ReplyPlan` that comes before the others; without `hears` it replies to anything).
    """

    what: str
    value: Any


@dataclass(frozen=True, slots=True)
class NetStep:
    """A fault. `what` is drop, delay, duplicate, reorder, replay, tamper, forge, refuse, mute, cut or heal.

    `which` is `next webhook`, `last webhook`, `webhooks` (all from now on), `next reply`, `next request`, `rest`,
    `next stream`, `last stream`, `stream`, `stt`, `tts` or (cut, heal) `everything`. `of` narrows it:
    `{rest: create call}`, `{webhook: status}`, `{event: answered}`. `options`, if given: `seed` (int); `copies` (int)
    of duplicate and replay; of tamper and forge `change` (parameters by name, None removes one), `to` (another path),
    `signature` (missing, wrong, stale, genuine, of a forged `last webhook` also undated), of streams also `token`
    (missing, wrong, replayed, of another call) and `claims` (another call, an unknown call).
    """

    what: str
    which: str
    of: Mapping[str, Any] = field(default_factory=dict)
    by: tuple[Micros, Micros] | None = None
    chance: float = 1.0
    count: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CarrierStep:
    """`refuses: {create call: 21211}`, `limits: ...`, `sends: {...}`, `redirects: ...`."""

    what: str
    value: Any


@dataclass(frozen=True, slots=True)
class TunnelStep:
    """`restarts`, `changes url`, `shows interstitial`, `dies`; `fails` with a trouble of the tunnel's program."""

    what: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Waits:
    """`clock: {waits: 5m}`."""

    span: Micros


# --- expectations -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """What is looked for. `subject` is call, answer, error, heard, request, webhook, stream, log (events) or state,
    stored, transcript, metric (conditions); `what` matches it. `call` names a labelled call, `by` who ended it.

    What `what` is given: answer, error, heard: the text. call: a map with `state`, `direction`, `from`, `to`, `cause`,
    `by`. request: `operation`, `host`, `method`, `path`, `form`, `json`, `status`, `code`. webhook: `kind`, `event`,
    `number`, `attempt`, `call`, `url`, `params`, `status`, `error`. stream: `event` (opened, refused,
    failed, closed, mark, cleared, dtmf, let in, turned away) and the rest of the entry's data. log: `level`, `logger`,
    `message`. state: the state of the application's record. stored: the record. transcript: its list of
    `{bot: text}` and `{user: text}`. metric: `what` is a `Threshold`, given the samples of `what.metric` in µs.
    `stored: unchanged` is an `Unchanged`, given the pair of the record before the last `net` step and now.
    """

    subject: str
    what: Matcher
    call: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect:` one thing within the step's window; with `count`, exactly so many in the whole run."""

    expected: Expected
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """`expect: {never: ..., for: 10s}`: not once in that window, its last instant included."""

    expected: Expected
    span: Micros


Verb: TypeAlias = (
    Calls
    | Answers
    | Rejects
    | Says
    | Presses
    | StaysSilent
    | HangsUp
    | Hears
    | HearsNothing
    | AppCall
    | AppAsk
    | AppSpeak
    | AppPress
    | AppEnd
    | AppStatus
    | AppLife
    | AppRequest
    | AgentStep
    | NetStep
    | CarrierStep
    | TunnelStep
    | Waits
    | Expect
    | Never
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the script: who does what, when at the earliest, and by when it must hold."""

    place: Place
    actor: str
    verb: Verb
    source: str
    after: Micros = 0
    window: Window = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """Something a person does by himself whenever he hears something."""

    hears: Matcher
    does: tuple[Says | Presses | HangsUp | StaysSilent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPlan:
    """Somebody on the line. `pickup` is answers, rejects, busy, never, unreachable; `kind` human, voicemail, ivr,
    fax, screener; `options` are that kind's own keys. `answer_after` is the span from ringing to picking up (or to
    rejecting); None with `answers` means: when a step says so.

    `phone` is an E.164 number or `anonymous`, for somebody who withholds it and cannot be called. `line` has `echo`
    and `noise` (dB) and `loss` (0..1). `crowd` is the name under which the scenario speaks of somebody who is one of
    many. Options are the kind's own, as `actors` reads them, durations in µs.
    """

    name: str
    place: Place
    phone: str
    kind: str = "human"
    pickup: str = "answers"
    answer_after: Micros | None = 2 * SECOND
    rate: float = 1.0
    accent: str | None = None
    crowd: str | None = None
    line: Mapping[str, Any] = field(default_factory=dict)
    habits: tuple[Habit, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPlan:
    """A function that the scripted brain calls, and its arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPlan:
    """A pair of the scripted brain: what it hears, what it replies, which function it calls then.

    `then` is what it says when the output of the function has come.
    """

    place: Place
    hears: Matcher
    replies: str
    after: Micros = 0
    calls: ToolPlan | None = None
    then: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One scenario in one cell of its matrix, ready to be performed.

    `id` is `file.yaml::name[twilio-tunnel=ngrok-free]`, slugged; `app` the application's configuration as written;
    `where` maps a path below `app:` (`app.outbound.defaultMode`) to its place, for errors of the subject's check.
    """

    id: str
    name: str
    why: str
    place: Place
    carrier: str
    cell: Mapping[str, str]
    app: Mapping[str, Any]
    where: Mapping[str, Place]
    people: tuple[PersonPlan, ...]
    steps: tuple[Step, ...]
    agent: tuple[ReplyPlan, ...] | None = None
    thresholds: tuple[Threshold, ...] = ()
    tags: frozenset[str] = frozenset()
    seed: int = 0
    tunnel: str = "none"
    strict: tuple[str, ...] = ()
    expect_fail: str | None = None
    skip: str | None = None
