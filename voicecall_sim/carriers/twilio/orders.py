"""From the form of a create request to an order for the exchange: Twilio docs, voice/api/call-resource, "Create".

The sequence of the checks follows what was observed: To, then the instructions, then From (Dispatch-Archive/
meteor-twilio#9: a request with nothing but `To` is refused for its Url).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from voicecall_sim.carriers.twilio.account import Account, Application, Callback, Detection, Order, RecordingWish
from voicecall_sim.carriers.twilio.ids import BYOC_TRUNK, is_sid
from voicecall_sim.carriers.twilio.parties import read_caller_id, read_parties
from voicecall_sim.carriers.twilio.refusals import NO_INSTRUCTIONS, Refused
from voicecall_sim.carriers.twilio.validation import Form, callback, choice, flag, whole

_NAMES: Final = """
    To From CallerId Url Method Twiml ApplicationSid FallbackUrl FallbackMethod Timeout TimeLimit SendDigits
    StatusCallback StatusCallbackMethod StatusCallbackEvent Record RecordingChannels RecordingTrack Trim
    RecordingStatusCallback RecordingStatusCallbackMethod RecordingStatusCallbackEvent RecordingConfigurationId
    MachineDetection MachineDetectionTimeout MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold
    MachineDetectionSilenceTimeout AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod
    SipAuthUsername SipAuthPassword Byoc CallReason CallToken Passports ClientNotificationUrl
"""
PARAMETERS: Final = frozenset(_NAMES.split())
"""OpenAPI twilio_api_v2010 CreateCall, and what twilio-python 9.13 adds to it."""

STATUS_EVENTS: Final = ("initiated", "ringing", "answered", "completed")
RECORDING_EVENTS: Final = ("in-progress", "completed", "absent")
LONGEST_TWIML: Final = 4000

# What the debugger says of events that are not among those: Twilio error dictionary
BAD_STATUS_EVENT: Final = (21626, "Invalid 'StatusCallbackEvent'")
BAD_RECORDING_EVENT: Final = (13621, "Invalid 'recordingStatusCallbackEvent'")

FIDELITY: Final = (
    ("To, then Url, Twiml or ApplicationSid, then From are missed", "Dispatch-Archive/meteor-twilio#9", "captured"),
    ("Url wins over Twiml", "OpenAPI twilio_api_v2010", "documented"),
    ("ApplicationSid wins over Url and Twiml, and its own callbacks count", "OpenAPI twilio_api_v2010", "documented"),
    ("StatusCallbackEvent: one event in each of repeated parameters", "OpenAPI; vellum-assistant#6044", "documented"),
    (
        "an unknown StatusCallbackEvent, a list in one value too: 201, warning 21626, no status callback at all",
        "qisoft/i-hate-making-calls#31 (measured), twilio/twilio-oai#134, vellum-ai/vellum-assistant#6044",
        "reported",
    ),
    ("one unknown event among known ones silences them all", "nothing published", "assumed"),
    ("RecordingStatusCallbackEvent: separated by spaces or repeated", "OpenAPI twilio_api_v2010", "documented"),
    ("an unknown RecordingStatusCallbackEvent leaves a warning and no recording callback", "by analogy", "assumed"),
    ("Trim is do-not-trim for recordings of the API", "wittyreference/twilio-claude-plugin, live tests", "reported"),
    ("Timeout up to 600, SendDigits up to 32 keys", "OpenAPI twilio_api_v2010", "documented"),
    ("MachineDetectionTimeout 3 to 59", "older docs say 1 to 120", "assumed"),
    ("SendDigits switches MachineDetection off", "OpenAPI twilio_api_v2010", "documented"),
    ("a TimeLimit beyond the account's is refused (20001)", "nothing published", "assumed"),
    ("Twiml beyond 4000 characters is refused (20001)", "OpenAPI names the limit, not the code", "assumed"),
    ("StatusCallback that is not a URL: 21609", "grafana/oncall#171, #145", "captured"),
    ("the other callback URLs: 21205 with the parameter's name", "by analogy with 21205 and 21402", "assumed"),
)

_DIGITS: Final = re.compile(r"[0-9A-D#*wW]{1,32}")


@dataclass(frozen=True, slots=True)
class Placed:
    """An order, and what the debugger says of its request: (code, message)."""

    order: Order
    warnings: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Course:
    """What a call will do: where its instructions come from and who is told."""

    instructions: Callback | str
    fallback: Callback | None = None
    status_callback: Callback | None = None
    status_events: tuple[str, ...] = ("completed",)
    application_sid: str | None = None
    warnings: tuple[tuple[int, str], ...] = ()


def read_order(form: Form, account: Account) -> Placed:
    """The order that a create request places, or `Refused`."""
    local = account.terms.local_urls
    to = form["To"]
    if to is None:
        raise Refused(21201)
    course = _read_course(form, account)
    from_ = form["From"]
    if from_ is None:
        raise Refused(21213)
    dialled, caller = read_parties(form, account, (to, from_))
    wish, recording_warnings = read_recording(form, local)
    detection = _read_detection(form, local)
    send_digits = _read_digits(form)
    _judge_the_rest(form, local)
    order = Order(
        to=dialled,
        from_=caller,
        instructions=course.instructions,
        fallback=course.fallback,
        status_callback=course.status_callback,
        status_events=course.status_events,
        timeout=whole(form, "Timeout", 60, (1, 600), 21208),
        time_limit=whole(form, "TimeLimit", account.terms.time_limit, (1, account.terms.time_limit)),
        send_digits=send_digits,
        caller_id=read_caller_id(form, account),
        detection=None if send_digits else detection,
        recording=wish if flag(form, "Record") else None,
        application_sid=course.application_sid,
    )
    return Placed(order, course.warnings + recording_warnings)


def _read_course(form: Form, account: Account) -> _Course:
    sid = form["ApplicationSid"]
    if sid is not None:
        return _course_of(account.applications.get(sid), sid)
    local = account.terms.local_urls
    instructions = read_instructions(form, local)
    if instructions is None:
        raise Refused(21205, NO_INSTRUCTIONS)
    fallback = callback(form, "FallbackUrl", "FallbackMethod", local=local)
    status = callback(form, "StatusCallback", "StatusCallbackMethod", local=local, url_code=21609)
    events = form.every("StatusCallbackEvent") or ("completed",)
    if all(event in STATUS_EVENTS for event in events):
        return _Course(instructions, fallback, status, events)
    return _Course(instructions, fallback, None, ("completed",), warnings=(BAD_STATUS_EVENT,))


def _course_of(application: Application | None, sid: str) -> _Course:
    if application is None:
        raise Refused(21218, value=sid)
    if application.voice is None:
        raise Refused(21205, name="VoiceUrl", value="")
    return _Course(application.voice, application.fallback, application.status_callback, application_sid=sid)


def read_instructions(form: Form, local: bool) -> Callback | str | None:
    """`Url` with its method, else `Twiml`, else None. Whether both may be given is the caller's to know."""
    url = callback(form, "Url", "Method", local=local)
    twiml = form["Twiml"]
    if url is None and twiml is not None and len(twiml) > LONGEST_TWIML:
        raise Refused(20001, name="Twiml", problem=f"must not be longer than {LONGEST_TWIML} characters")
    return url or twiml


def read_recording(
    form: Form, local: bool, source: str = "OutboundAPI"
) -> tuple[RecordingWish, tuple[tuple[int, str], ...]]:
    """How a recording is wished, and what the debugger says of it."""
    words = " ".join(form.every("RecordingStatusCallbackEvent")).split()
    events = tuple(words) or ("completed",)
    known = all(event in RECORDING_EVENTS for event in events)
    address = callback(form, "RecordingStatusCallback", "RecordingStatusCallbackMethod", local=local)
    wish = RecordingWish(
        channels=choice(form, "RecordingChannels", ("mono", "dual"), "mono"),
        track=choice(form, "RecordingTrack", ("inbound", "outbound", "both"), "both"),
        trim=choice(form, "Trim", ("trim-silence", "do-not-trim"), "do-not-trim"),
        callback=address if known else None,
        events=events if known else ("completed",),
        source=source,
    )
    return wish, () if known else (BAD_RECORDING_EVENT,)


def _read_detection(form: Form, local: bool) -> Detection | None:
    address = callback(form, "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod", local=local)
    if form["MachineDetection"] is None:
        return None
    return Detection(
        mode=choice(form, "MachineDetection", ("Enable", "DetectMessageEnd"), "", 21234),
        asynchronous=flag(form, "AsyncAmd"),
        callback=address,
        timeout=whole(form, "MachineDetectionTimeout", 30, (3, 59), 21234),
        speech_threshold=whole(form, "MachineDetectionSpeechThreshold", 2400, (1000, 6000), 21234),
        speech_end_threshold=whole(form, "MachineDetectionSpeechEndThreshold", 1200, (500, 5000), 21234),
        silence_timeout=whole(form, "MachineDetectionSilenceTimeout", 5000, (2000, 10_000), 21234),
    )


def _read_digits(form: Form) -> str | None:
    digits = form["SendDigits"]
    if digits is not None and not _DIGITS.fullmatch(digits):
        raise Refused(21206, value=digits)
    return digits


def _judge_the_rest(form: Form, local: bool) -> None:
    """What is accepted and has no effect on an emulated call."""
    callback(form, "ClientNotificationUrl", "", local=local)
    trunk = form["Byoc"]
    if trunk is not None and not is_sid(trunk, BYOC_TRUNK):
        raise Refused(20001, name="Byoc", problem="is not a valid SID")
