"""When detection is wanted: who waits for its verdict, and who is told."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.twilio.account import Detection
from voicecall_sim.carriers.twilio.debugger import Notice
from voicecall_sim.carriers.twilio.detection import Detector, Verdict
from voicecall_sim.carriers.twilio.live import LiveCall


def detect(call: LiveCall, wanted: Detection) -> Detector:
    """Begin to detect on a call that was answered just now."""
    detector = Detector(call.end, wanted, call.plant.tasks, call.plant.now)
    detector.verdict.add_done_callback(lambda verdict: note(call, verdict.result()))
    return detector


def note(call: LiveCall, verdict: Verdict) -> None:
    """The resource knows what answered."""
    call.resource.answered_by = verdict.answered_by


def tell_later(call: LiveCall, wanted: Detection) -> None:
    """Detect while the call goes on, and tell the verdict to the callback; without one, warn."""
    callback = wanted.callback
    if callback is None:
        call.warn(Notice(21262))
    detector = detect(call, wanted)
    if callback is not None:
        detector.verdict.add_done_callback(
            lambda verdict: call.plant.tell(call.bare_errand("amd", "amd", callback, verdict.result().parameters()))
        )


FIDELITY: Final = (
    ("asynchronous verdicts go to the callback with four parameters only", "observed traffic", "captured"),
    ("asynchronous detection without a callback is a 21262", "error dictionary 21262", "documented"),
)
