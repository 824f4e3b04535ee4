"""A leg: one `call_control_id`, from its beginning to its end. What it is, what happens to it, what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.costs import cost
from voicecall_sim.carriers.telnyx.events import TYPES, iso
from voicecall_sim.carriers.telnyx.plant import Plant
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.carriers.telnyx.states import BY_COMMAND, ENDS, MOVES, TOO_LONG, HangUp, LegState, source
from voicecall_sim.carriers.telnyx.webhooks import Destination, policy
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.network import Call
from voicecall_sim.telephony.signals import Cause, Gone, PickedUp, Pressed, Signal
from voicecall_sim.world.clock import SECOND, Micros

if TYPE_CHECKING:
    from voicecall_sim.carriers.telnyx.account import Application
    from voicecall_sim.carriers.telnyx.announcing import Announcer
    from voicecall_sim.carriers.telnyx.gathering import Gathering
    from voicecall_sim.carriers.telnyx.recording import Recorder
    from voicecall_sim.carriers.telnyx.stream import Stream
    from voicecall_sim.carriers.telnyx.transcribing import Transcription

HOLDER: Final = "app"
"""Whose end of a leg it is, in the network's eyes: the application's, whichever carrier holds it."""

OLD_WEBHOOKS: Final = (
    "the application's webhook_api_version is 1, the default of applications made by REST: its webhooks have another "
    "shape and signature, and are not emulated. Set it to 2."
)


@dataclass(slots=True)
class Hooks:
    """Where a leg's events go; a command's own URLs stay with the leg."""

    url: str | None = None
    method: str = "POST"
    urls: Mapping[str, str | list[str]] = field(default_factory=dict)
    urls_method: str = "POST"
    policies: Mapping[str, Any] = field(default_factory=dict)

    def learn(self, given: Mapping[str, Any]) -> None:
        """Take what a command brings."""
        self.url = given.get("webhook_url") or self.url
        self.method = given.get("webhook_url_method") or self.method
        self.urls = given.get("webhook_urls") or self.urls
        self.urls_method = given.get("webhook_urls_method") or self.urls_method
        self.policies = given.get("webhook_retries_policies") or self.policies

    def destination(self, event_type: str, default: str | None, failover: str | None) -> Destination | None:
        """Where an event of that type goes; None: nowhere."""
        asked = self.policies.get(event_type)
        delays = None if asked is None else policy(asked["retries_ms"])
        if event_type in self.urls:
            own = self.urls[event_type]
            urls = (own,) if isinstance(own, str) else tuple(own)
            return Destination(urls=urls, method=self.urls_method, failover=failover, delays=delays)
        url = self.url or default
        if url is None:
            return None
        return Destination(urls=(url,), method=self.method, failover=failover, delays=delays)


class CallLeg:
    """One leg. Everything that changes its state is here; what is done on it is in rooms of its own."""

    def __init__(
        self,
        plant: Plant,
        *,
        outbound: bool,
        from_: str,
        to: str,
        registered: Call,
        session_id: str | None = None,
        client_state: str | None = None,
        given: Mapping[str, Any] | None = None,
        default_url: str | None = None,
        child: bool = False,
        application: Application | None = None,
    ) -> None:
        surroundings = plant.surroundings
        self.plant = plant
        self.application = application or plant.account.application
        self.outbound = outbound
        self.from_ = from_
        self.to = to
        self.registered = registered
        self.start_time = surroundings.clock.wall()
        self.session_id = session_id or ids.time_uuid(surroundings.chance, self.start_time)
        minted = self.start_time + timedelta(microseconds=surroundings.chance("telnyx.minting").randint(200, 900))
        self.leg_id = ids.time_uuid(surroundings.chance, minted)
        self.id = ids.call_control_id(surroundings.chance)
        self.client_state = client_state
        self.state = LegState.BRIDGING if outbound else LegState.PARKED
        self.hooks = Hooks()
        self.hooks.learn(given or {})
        self.answered_at: Micros | None = None
        self.ended_at: Micros | None = None
        self.end_time: datetime | None = None
        self.codec = "PCMU"
        self.announcer: Announcer | None = None
        self.gathering: Gathering | None = None
        self.transcription: Transcription | None = None
        self.stream: Stream | None = None
        self.forked: str | None = None
        """The type of its fork, while there is one."""
        self.siprec = False
        self.recorders: dict[str, Recorder] = {}
        self.peer: CallLeg | None = None
        """The leg that it is bridged with."""
        self.promised_recording: str | None = None
        """The identifier of the recording that dial or answer asked for."""
        self.commanded = False
        """Whether a command has come for it."""
        self.unbridge: Callable[[], None] | None = None
        """Takes it off its bridge."""
        self.child = child
        """Whether it belongs to another leg's call in the network's register."""
        self.parks = False
        """Whether it stays when its bridge ends."""
        self.on_answer: list[Callable[[], None]] = []
        self.on_key: list[Callable[[str], None]] = []
        self.on_end: list[Callable[[], None]] = []
        self._default_url = default_url
        self._end: End | None = None
        self._told: HangUp | None = None
        plant.account.legs[self.id] = self
        plant.live[self.id] = self
        plant.post.numbers[self.id] = registered.number

    # --- what it is ---

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state is LegState.ENDED

    @property
    def answered(self) -> bool:
        """Whether it has been answered, and is not over."""
        return self.state is LegState.ANSWERED

    @property
    def end(self) -> End:
        """Our end of its line. `RuntimeError` before it was dialled."""
        if self._end is None:
            raise RuntimeError(f"leg {self.id} has not been dialled yet")
        return self._end

    @property
    def identity(self) -> dict[str, Any]:
        """What every event of it begins with."""
        return {
            "call_control_id": self.id,
            "call_leg_id": self.leg_id,
            "call_session_id": self.session_id,
            "connection_id": self.application.id,
        }

    def payload(self, event_type: str, extra: Mapping[str, Any]) -> dict[str, Any]:
        """An event's payload at this moment."""
        shape = TYPES[event_type]
        told = {**self.identity, "client_state": self.client_state}
        if not self.outbound:
            told["calling_party_type"] = "pstn"
        if shape.parties:
            told |= {"from": self.from_, "to": self.to}
        if shape.start and not (self.outbound and event_type == "call.initiated"):
            told["start_time"] = iso(self.start_time)
        return {**told, **extra}

    def tell(self, event_type: str, *, without: tuple[str, ...] = (), **extra: Any) -> None:
        """Send an event of this leg."""
        application = self.application
        to = self.hooks.destination(
            event_type, self._default_url or application.webhook_event_url, application.webhook_event_failover_url
        )
        if to is None:
            return
        if application.webhook_api_version != "2":
            self.plant.debug(OLD_WEBHOOKS, self.registered.number)
            return
        kind = "voice" if event_type == "call.initiated" and not self.outbound else TYPES[event_type].kind
        payload = {name: value for name, value in self.payload(event_type, extra).items() if name not in without}
        self.plant.account.log("webhook", event_type, self, payload)
        self.plant.post.tell(event_type, kind, self.id, payload, to)

    def later(self, span: Micros, work: Callable[..., object], *args: Any) -> None:
        """Call something when `span` has passed, unless the leg is over by then."""
        timer = self.plant.tasks.later(span, work, *args)
        self.on_end.append(timer.cancel)

    # --- what happens to it ---

    def join(self, end: End) -> None:
        """It has a line now; this is our end."""
        self._end = end
        end.listen(self._hear)

    def answer(self) -> None:
        """Answer an inbound leg; harmless when it is answered."""
        if self.state is LegState.PARKED:
            self.end.answer()
            self._picked_up()

    def hang_up(self, cause: Cause | None = None, by: str = HOLDER, told: HangUp | None = None) -> None:
        """End it; `told` is how that is told if not by the network's cause. Harmless when it is over."""
        if self.over:
            return
        self._told = told
        if self._told is None and self.answered and not self.outbound and by == HOLDER:
            self._told = BY_COMMAND
        if self._end is not None:
            self._end.hang_up(cause, by)
        else:
            cause = cause or Cause.CANCELED
            if not self.child:
                self.registered.end(cause, by)
            self._over(Gone(cause, by))

    def limit(self, seconds: int) -> None:
        """Let it last at most so many seconds from its answer."""
        self.on_answer.append(lambda: self.later(seconds * SECOND, self.hang_up, Cause.NORMAL, "carrier", TOO_LONG))

    def must_be_answered(self) -> None:
        """Raises `Refused` unless it is."""
        if not self.answered:
            raise Refused("90034")

    def _hear(self, signal: Signal) -> None:
        match signal:
            case PickedUp():
                self._picked_up()
            case Pressed(key) if self.answered:
                self.tell("call.dtmf.received", digit=key)
                for listener in tuple(self.on_key):
                    listener(key)
            case Gone():
                self._over(signal)
            case _:
                pass

    def _picked_up(self) -> None:
        self._become(LegState.ANSWERED)
        self.answered_at = self.plant.now()
        # only seen on inbound legs (observed traffic)
        extra: dict[str, Any] = {} if self.outbound else {"codec": self.codec, "sampling_rate": 8000}
        self.tell("call.answered", **extra)
        for then in tuple(self.on_answer):
            if not self.over:
                then()

    def _become(self, state: LegState) -> None:
        if state not in MOVES[self.state]:
            raise RuntimeError(f"leg {self.id} cannot go from {self.state} to {state}")
        self.state = state

    def _over(self, gone: Gone) -> None:
        was_answered = self.answered
        self._become(LegState.ENDED)
        self.ended_at, self.end_time = self.plant.now(), self.plant.surroundings.clock.wall()
        self.plant.live.pop(self.id)
        for then in tuple(self.on_end):
            then()
        self._tell_end(gone, was_answered=was_answered)

    def _tell_end(self, gone: Gone, *, was_answered: bool) -> None:
        assert self.end_time is not None
        told = self._told if self._told is not None and gone.by in {HOLDER, "carrier"} else None
        cause = told or ENDS[was_answered, gone.cause]
        extra: dict[str, Any] = {
            "hangup_cause": cause.cause,
            "hangup_source": source(gone.by, outbound=self.outbound, app=HOLDER),
            "sip_hangup_cause": cause.sip,
            "end_time": iso(self.end_time),
        }
        self._tell_cost(was_answered=was_answered)
        if was_answered:
            self.tell("call.hangup", call_quality_stats=self._statistics(), **extra)
        elif self.outbound:
            self.tell("call.hangup", **extra)
        else:
            self.tell("call.hangup", without=("client_state", "calling_party_type"), telnyx_error=None, **extra)

    def _tell_cost(self, *, was_answered: bool) -> None:
        """What an answered call costs, if the application wants to know: told beside its end, in no sure order."""
        if not self.application.call_cost_in_webhooks or not was_answered:
            return
        assert self.answered_at is not None
        assert self.ended_at is not None
        assert self.end_time is not None
        self.tell(
            "call.cost",
            without=("calling_party_type",),
            **cost(-(-(self.ended_at - self.answered_at) // SECOND), iso(self.end_time)),
        )

    def _statistics(self) -> dict[str, dict[str, str]]:
        assert self.answered_at is not None
        assert self.ended_at is not None
        packets = str((self.ended_at - self.answered_at) // 20_000)
        inbound = {"jitter_max_variance": "0.00", "jitter_packet_count": "0", "mos": "4.50"}
        return {
            "inbound": {**inbound, "packet_count": packets, "skip_packet_count": "0"},
            "outbound": {"packet_count": packets, "skip_packet_count": "0"},
        }


FIDELITY: Final = (
    ("client_state is null until it is set, then in every later event", "observed traffic", "captured"),
    (
        "a hang-up of an unanswered inbound leg has no client_state but telnyx_error null",
        "observed traffic",
        "captured",
    ),
    ("call.answered has codec and sampling_rate on inbound legs only", "observed traffic", "captured"),
    ("call_quality_stats are texts; only of answered legs", "observed traffic", "captured"),
    ("call.dtmf.received for every key on an answered leg", "the documents promise it during gathers", "assumed"),
    ("URLs by event type, then the command's URL, then the application's", "OpenAPI", "documented"),
    ("a list of URLs by event type is tried in turn", "client 4.189", "assumed"),
)
