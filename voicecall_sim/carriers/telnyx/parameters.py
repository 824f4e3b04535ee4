"""What each request takes: the tables of its parameters (OpenAPI)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voicecall_sim.carriers.telnyx.fields import (
    Fields,
    address,
    anything,
    event_urls,
    flag,
    in_base64,
    loop,
    one_of,
    retries,
    shaped,
    text,
    thing,
    things,
    url,
    whole,
)

COMMAND: Final[Fields] = {"client_state": in_base64, "command_id": text()}

WEBHOOK: Final[Fields] = {
    "webhook_url": url("https?"),
    "webhook_url_method": one_of("POST", "GET"),
    "webhook_urls": event_urls,
    "webhook_urls_method": one_of("POST", "GET"),
    "webhook_retries_policies": retries,
}

RECORD: Final[Fields] = {
    "record": one_of("record-from-answer"),
    "record_channels": one_of("single", "dual", code="90001"),
    "record_format": one_of("wav", "mp3", code="90000"),
    "record_max_length": whole(0, 43_200),
    "record_timeout_secs": whole(0, 43_200, "90049"),
    "record_track": one_of("both", "inbound", "outbound", code="90059"),
    "record_trim": one_of("trim-silence"),
    "record_custom_file_name": text(40, shortest=1),
}

CODECS: Final = ("PCMU", "PCMA", "G722", "OPUS", "AMR-WB", "L16")
STREAM: Final[Fields] = {
    "stream_url": url("wss?"),
    "stream_track": one_of("inbound_track", "outbound_track", "both_tracks"),
    "stream_codec": one_of(*CODECS, "default"),
    "stream_bidirectional_mode": one_of("mp3", "rtp"),
    "stream_bidirectional_codec": one_of(*CODECS),
    "stream_bidirectional_sampling_rate": one_of(8000, 16_000, 22_050, 24_000, 48_000),
    "stream_bidirectional_target_legs": one_of("both", "self", "opposite"),
    "stream_auth_token": text(4000),
    "stream_establish_before_call_originate": flag,
    "send_silence_when_idle": flag,
    "custom_parameters": things,
}


def without(fields: Fields, *names: str) -> Fields:
    """Fields without some."""
    return {name: check for name, check in fields.items() if name not in names}


STREAM_OF_DIAL: Final = without(STREAM, "custom_parameters")
STREAM_OF_ANSWER: Final = without(
    STREAM_OF_DIAL,
    *("stream_auth_token", "stream_bidirectional_sampling_rate", "stream_establish_before_call_originate"),
)
STREAM_OF_A_CALL: Final = without(STREAM, "stream_establish_before_call_originate", "send_silence_when_idle")

ENGINES: Final = (
    *("Google", "Telnyx", "Deepgram", "Azure", "xAI", "AssemblyAI", "Speechmatics", "Soniox", "Parakeet"),
    *("A", "B"),
)
TRANSCRIPTION: Final[Fields] = {
    "transcription_engine": one_of(*ENGINES),
    "transcription_engine_config": thing,
    "transcription_tracks": one_of("inbound", "outbound", "both"),
}
HEADERS: Final[Fields] = {"custom_headers": things, "sip_headers": things, "preferred_codecs": text()}

MODES: Final = (
    *("premium", "detect", "detect_beep", "detect_words", "greeting_end", "disabled"),
    "premium_ios_call_screening_detection",
)
OUTBOUND: Final[Fields] = {
    "timeout_secs": whole(5, 600, "90028"),
    "time_limit_secs": whole(30, 14_400, "90029"),
    "retry_on_timeout": flag,
    "answering_machine_detection": one_of(*MODES),
    "answering_machine_detection_config": thing,
    "audio_url": url("https?"),
    "media_name": text(),
    "send_digits_on_answer": shaped(r"[0-9A-D*#wW]{1,64}", "90014"),
    "park_after_unbridge": one_of("self"),
    "privacy": one_of("id", "none"),
    "media_encryption": one_of("disabled", "SRTP", "DTLS"),
    "sip_transport_protocol": one_of("UDP", "TCP", "TLS"),
    "sip_region": one_of("US", "Europe", "Canada", "Australia", "Middle East"),
    "sip_auth_username": text(),
    "sip_auth_password": text(),
    "from_display_name": shaped(r"[A-Za-z0-9 \-_~!.+]{0,128}", "10015"),
}

DIAL: Final[Fields] = {
    **COMMAND,
    **WEBHOOK,
    **RECORD,
    **STREAM_OF_DIAL,
    **HEADERS,
    **OUTBOUND,
    "connection_id": text(),
    "from": address,
    "to": anything,
    "transcription": flag,
    "transcription_config": thing,
    "link_to": text(),
    "bridge_intent": flag,
    "bridge_on_answer": flag,
    "prevent_double_bridge": flag,
}

SPOKEN: Final[Fields] = {
    "payload": text(3000, "90010", shortest=1),
    "voice": text(200, "90012", shortest=1),
    "payload_type": one_of("text", "ssml", code="90011"),
    "service_level": one_of("basic", "premium", code="90030"),
    "language": text(20, "90013"),
    "voice_settings": thing,
}
_KEYS: Final = r"[0-9A-D*#]+"
GATHERED: Final[Fields] = {
    "minimum_digits": whole(1, 128, "90022"),
    "maximum_digits": whole(1, 128, "90023"),
    "timeout_millis": whole(1, 120_000, "90025"),
    "inter_digit_timeout_millis": whole(1, 120_000, "90026"),
    "terminating_digit": shaped(r"[0-9A-D*#]?", "90007"),
    "valid_digits": shaped(_KEYS, "90008"),
}
PROMPTED: Final[Fields] = {**GATHERED, "maximum_tries": whole(1, 128, "90024")}
_STOP: Final = one_of("current", "all", code="90016")
_TARGETS: Final = one_of("self", "opposite", "both")

_UDP: Final = shaped(r"udp:[^:\s]+:\d{1,5}", "10015")

ABSENT: Final[Mapping[str, str]] = {
    "gather_using_ai": "an assistant of the carrier's",
    "ai_assistant_start": "an assistant of the carrier's",
    "ai_assistant_stop": "an assistant of the carrier's",
    "ai_assistant_join": "an assistant of the carrier's",
    "ai_assistant_add_messages": "an assistant of the carrier's",
    "conversation_relay_start": "a relay of the carrier's speech services",
    "conversation_relay_stop": "a relay of the carrier's speech services",
    "pay": "payments",
    "switch_supervisor_role": "supervision",
}
"""Actions that exist and are not emulated, and what they would need. They are refused, never taken and left undone."""

ACTIONS: Final[Mapping[str, tuple[Fields, tuple[str, ...]]]] = {
    "answer": (
        WEBHOOK | RECORD | STREAM_OF_ANSWER | HEADERS | {"transcription": flag, "transcription_config": thing},
        (),
    ),
    "reject": ({"cause": one_of("CALL_REJECTED", "USER_BUSY", "NOT_FOUND", "TEMPORARILY_UNAVAILABLE")}, ("cause",)),
    "hangup": ({"custom_headers": things, "reason": text()}, ()),
    "speak": (SPOKEN | {"loop": loop, "stop": _STOP, "target_legs": _TARGETS}, ("payload", "voice")),
    "playback_start": (
        {
            "audio_url": url("https?"),
            "media_name": text(),
            "playback_content": text(1_000_000),
            "audio_type": one_of("mp3", "wav"),
            "cache_audio": flag,
            "loop": loop,
            "overlay": flag,
            "stop": _STOP,
            "target_legs": _TARGETS,
        },
        (),
    ),
    "playback_stop": ({"stop": _STOP, "overlay": flag}, ()),
    "gather": (
        GATHERED | {"initial_timeout_millis": whole(1, 120_000, "90056"), "gather_id": text(40, shortest=1)},
        (),
    ),
    "gather_using_speak": (PROMPTED | SPOKEN | {"invalid_payload": text(3000, "90010")}, ("payload", "voice")),
    "gather_using_audio": (
        PROMPTED
        | {"audio_url": url("https?"), "media_name": text()}
        | {"invalid_audio_url": url("https?"), "invalid_media_name": text()},
        (),
    ),
    "gather_stop": ({}, ()),
    "send_dtmf": (
        {"digits": shaped(r"[0-9A-D*#wW]+", "90014"), "duration_millis": whole(100, 500, "90021")},
        ("digits",),
    ),
    "transcription_start": (TRANSCRIPTION, ()),
    "transcription_stop": ({}, ()),
    "streaming_start": (STREAM_OF_A_CALL, ("stream_url",)),
    "streaming_stop": ({"stream_id": text()}, ()),
    "record_start": (
        {
            "format": one_of("wav", "mp3", code="90000"),
            "channels": one_of("single", "dual", code="90001"),
            "play_beep": flag,
            "max_length": whole(0, 14_400),
            "timeout_secs": whole(0, 14_400, "90049"),
            "recording_track": one_of("both", "inbound", "outbound", code="90059"),
            "trim": one_of("trim-silence"),
            "custom_file_name": text(40, shortest=1),
            "transcription": flag,
            "transcription_engine": one_of(*ENGINES),
            "transcription_language": text(20),
        },
        ("format", "channels"),
    ),
    "record_stop": ({"recording_id": text()}, ()),
    "record_pause": ({"recording_id": text()}, ()),
    "record_resume": ({"recording_id": text()}, ()),
    "suppression_start": ({"direction": one_of("inbound", "outbound", "both")}, ()),
    "suppression_stop": ({}, ()),
    "enqueue": (
        {"queue_name": text(shortest=1), "max_size": whole(1, 1_000_000), "max_wait_time_secs": whole(0, 1_000_000)},
        ("queue_name",),
    ),
    "leave_queue": ({}, ()),
    "fork_start": ({"rx": _UDP, "tx": _UDP, "stream_type": one_of("decrypted")}, ()),
    "fork_stop": ({"stream_type": one_of("raw", "decrypted")}, ()),
    "siprec_start": (
        {
            "connector_name": text(),
            "include_metadata_custom_headers": flag,
            "secure": flag,
            "session_timeout_secs": whole(0, 1_000_000),
            "sip_transport": one_of("udp", "tcp", "tls"),
            "siprec_track": one_of("both_tracks", "inbound_track", "outbound_track"),
        },
        (),
    ),
    "siprec_stop": ({}, ()),
    "send_sip_info": ({"content_type": text(shortest=1), "body": text(1400)}, ("content_type", "body")),
    "bridge": (
        RECORD
        | {
            "call_control_id": text(),
            "queue": text(shortest=1),
            "video_room_id": text(),
            "hold_after_unbridge": flag,
            "park_after_unbridge": one_of("self"),
            "prevent_double_bridge": flag,
            "play_ringtone": flag,
            "mute_dtmf": one_of("none", "both", "self", "opposite"),
        },
        (),
    ),
    "transfer": (
        without(OUTBOUND, "retry_on_timeout")
        | WEBHOOK
        | RECORD
        | HEADERS
        | {"to": address, "from": address, "target_leg_client_state": in_base64, "early_media": flag},
        ("to",),
    ),
    "refer": (
        {"sip_address": shaped(r"sips?:[^@\s]+@[^@\s]+", "10015"), "custom_headers": things, "sip_headers": things}
        | {name: OUTBOUND[name] for name in ("sip_auth_username", "sip_auth_password")},
        ("sip_address",),
    ),
    "client_state_update": ({}, ("client_state",)),
}
"""By the action's name in the path: its own parameters, and those that must be given."""


def taken(action: str) -> Fields:
    """All that an action takes: anything else that is given counts for nothing."""
    common = without(COMMAND, "command_id") if action == "client_state_update" else COMMAND
    return {**common, **ACTIONS[action][0]}


def known(given: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """What was given of these."""
    return {name: value for name, value in given.items() if name in fields}


SECRET: Final = frozenset({"sip_auth_password", "stream_auth_token"})
HIDDEN: Final = "***"


def hidden(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without what must not be seen."""
    return {name: HIDDEN if name in SECRET else value for name, value in given.items()}


FIDELITY: Final = (
    ("parameters, their ranges and which are required", "OpenAPI", "documented"),
    (
        "answer takes no stream_auth_token, no sampling rate; dial and answer no custom_parameters",
        "OpenAPI",
        "documented",
    ),
    ("speak takes at most 3000 characters", "OpenAPI", "documented"),
)
