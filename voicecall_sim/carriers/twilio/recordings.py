"""Recordings of calls: their life, what they last, and who is told."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.twilio import ids
from voicecall_sim.carriers.twilio.account import RecordingResource, RecordingWish
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.parameters import API_VERSION, rfc2822
from voicecall_sim.carriers.twilio.plant import whole_seconds
from voicecall_sim.carriers.twilio.timing import RECORDING_READY
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.world.clock import Micros

CHANNELS: Final = {"mono": 1, "dual": 2}


class Recorder:
    """Records one call from now on, at most to its end. The resource is the account's at once.

    With `to_the_end` false somebody else stops it when the call ends, and knows what is kept. With `announced` the
    call's last status callback tells of it.
    """

    def __init__(
        self, call: LiveCall, wish: RecordingWish, *, to_the_end: bool = True, announced: bool = False
    ) -> None:
        self._call = call
        self._wish = wish
        self._clock = call.plant.surroundings.clock
        self._began = self._clock.now()
        self._paused_at: Micros | None = None
        self._left_out: Micros = 0
        self._skips = False
        wall = self._clock.wall()
        self.resource = RecordingResource(
            sid=ids.new_sid(call.plant.surroundings.chance, ids.RECORDING),
            account_sid=call.resource.account_sid,
            call_sid=call.sid,
            status="in-progress",
            channels=CHANNELS[wish.channels],
            track=wish.track,
            source=wish.source,
            start_time=wall,
            date_created=wall,
            date_updated=wall,
        )
        call.plant.account.recordings[self.resource.sid] = self.resource
        call.recorders[self.resource.sid] = self
        if to_the_end:
            call.on_end.append(self.stop)
        if announced:
            call.on_end.append(lambda: call.last_words.update(self.parameters()))
        self._tell({})

    @property
    def over(self) -> bool:
        """Whether it records no more."""
        return self.resource.status not in {"in-progress", "paused"}

    @property
    def url(self) -> str:
        """Where it can be fetched from, without extension."""
        account = self._call.plant.account
        return f"{account.api_base}/{API_VERSION}/Accounts/{account.sid}/Recordings/{self.resource.sid}"

    def parameters(self) -> dict[str, str]:
        """What actions and status callbacks tell of it."""
        told = {"RecordingUrl": self.url, "RecordingSid": self.resource.sid}
        if self.resource.duration is not None:
            told["RecordingDuration"] = str(self.resource.duration)
        return told

    def pause(self, *, skips: bool) -> None:
        """Record nothing for a while; `skips` leaves the time out, otherwise it is silence."""
        if self.resource.status == "in-progress":
            self._paused_at, self._skips = self._clock.now(), skips
            self._become("paused")

    def resume(self) -> None:
        """Go on after a pause."""
        if self.resource.status == "paused":
            self._left_out += self._pause()
            self._become("in-progress")

    def stop(self, length: Micros | None = None, status: str = "processing") -> None:
        """End it; `length` is what is kept of it if that is not all. Harmless when it is over."""
        if self.over:
            return
        whole = self._clock.now() - self._began - self._left_out - self._pause()
        self.resource.duration = whole_seconds(whole if length is None else length)
        self._become(status)
        self._call.plant.tasks.start(self._make_ready())

    def _pause(self) -> Micros:
        if self._paused_at is None:
            return 0
        paused, self._paused_at = self._clock.now() - self._paused_at, None
        return paused if self._skips else 0

    def _become(self, status: str) -> None:
        self.resource.status = status
        self.resource.date_updated = self._clock.wall()

    async def _make_ready(self) -> None:
        await pass_time(RECORDING_READY)
        if self.resource.duration:
            self._become("completed")
            self._tell({"RecordingDuration": str(self.resource.duration), "ErrorCode": "0"})
        else:
            self._become("absent")
            self._tell({})

    def _tell(self, extra: dict[str, str]) -> None:
        resource, callback = self.resource, self._wish.callback
        if callback is None or resource.status not in self._wish.events:
            return
        params = {
            "RecordingSid": resource.sid,
            "RecordingUrl": self.url,
            "RecordingStatus": resource.status,
            "RecordingChannels": str(resource.channels),
            "RecordingStartTime": rfc2822(resource.start_time),
            "RecordingSource": resource.source,
            "RecordingTrack": resource.track,
            **extra,
        }
        self._call.plant.tell(self._call.bare_errand("recording", resource.status, callback, params))


FIDELITY: Final = (
    ("recording callbacks name the recording and no parties", "voice/api/recording; live tests", "live-tested"),
    ("RecordingTrack is always sent, ErrorCode=0 on success", "live tests", "live-tested"),
    ("a recording without a whole second is absent", "error dictionary 16101", "assumed"),
    ("the completed callback tells of recordings by create or Dial", "voice/api/call-resource", "documented"),
    ("paused time counts as silence unless PauseBehavior is skip", "voice/api/recording", "documented"),
)
