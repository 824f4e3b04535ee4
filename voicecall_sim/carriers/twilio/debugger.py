"""What Twilio writes into its debugger: the catalogue of webhook and markup errors, and who journals them.

An `ERROR` is fatal to the document that caused it: the fallback URL, or the canned message and a hang-up, follow. After
a `WARNING` execution goes on without the offending element or with the attribute's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voicecall_sim.world.surroundings import Surroundings


class Level(StrEnum):
    """How grave a notice is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning or error: its code of the catalogue, and what in particular."""

    code: int
    detail: str = ""

    @property
    def level(self) -> Level:
        """By the catalogue."""
        return CATALOGUE[self.code][0]

    @property
    def message(self) -> str:
        """The catalogue's sentence with the particulars."""
        sentence = CATALOGUE[self.code][1]
        return f"{sentence}: {self.detail}" if self.detail else sentence


class ApplicationFault(Exception):
    """A fatal error of a document: it could not be fetched, read or executed. `url` is the one at fault."""

    def __init__(self, notice: Notice, url: str = "") -> None:
        super().__init__(notice.message)
        self.notice = notice
        self.url = url


class Debugger:
    """Journals notices as `debug` entries of the carrier."""

    def __init__(self, name: str, surroundings: Surroundings) -> None:
        self._name = name
        self._journal = surroundings.journal

    def note(self, notice: Notice, call: int | None = None) -> None:
        """Write one notice; `call` is the number of the network's call that it concerns."""
        data: dict[str, object] = {"code": notice.code, "level": notice.level.value, "message": notice.message}
        if call is not None:
            data["call"] = call
        self._journal.write(self._name, "debug", data)


NOT_EMULATED: Final = 0
"""Not a code of Twilio's: the emulator says that it cannot do what the document asks."""

_E, _W = Level.ERROR, Level.WARNING

# Codes, levels and sentences: Twilio error dictionary (console.twilio.com error list, snapshot 2023-05)
CATALOGUE: Final[Mapping[int, tuple[Level, str]]] = {
    NOT_EMULATED: (_E, "Not emulated yet"),
    11100: (_E, "Invalid URL format"),
    11200: (_E, "HTTP retrieval failure"),
    11203: (_E, "HTTP communication total time out triggered"),
    11205: (_E, "HTTP connection failure"),
    11206: (_E, "HTTP protocol violation"),
    11210: (_E, "HTTP bad host name"),
    11215: (_E, "HTTP too many redirects"),
    11220: (_E, "SSL/TLS Handshake Error"),
    11235: (_E, "Certificate Invalid - Domain Mismatch"),
    11236: (_E, "Certificate Invalid - Certificate Expired"),
    11237: (_E, "Certificate Invalid - Could not find path to certificate"),
    11243: (_E, "HTTP retry policy is invalid"),
    11750: (_E, "TwiML response body too large"),
    11770: (_E, "Empty response body"),
    12100: (_E, "Document parse failure"),
    12101: (_E, "Invalid Twilio Markup XML version"),
    12102: (_E, "The root element must be Response"),
    12200: (_W, "Schema validation warning"),
    12300: (_E, "Invalid Content-Type"),
    13201: (_E, "Dial: Cannot Dial out from a Dial Call Segment"),
    13210: (_W, "Dial: Invalid method value"),
    13212: (_W, "Dial: Invalid timeout value"),
    13213: (_W, "Dial: Invalid hangupOnStar value"),
    13214: (_W, "Dial: Invalid callerId value"),
    13215: (_W, "Dial: Invalid nested element"),
    13216: (_W, "Dial: Invalid timeLimit value"),
    13217: (_W, "Dial: Invalid record value"),
    13218: (_W, "Dial: Invalid sequential value"),
    13219: (_W, "Dial: Invalid answerOnBridge value"),
    13220: (_W, "Dial: Invalid ringTone value"),
    13221: (_W, "Dial->Number: Invalid method value"),
    13222: (_W, "Dial->Number: Invalid sendDigits value"),
    13223: (_W, "Dial: Invalid phone number format"),
    13224: (_W, "Dial: Twilio does not support calling this number or the number is invalid"),
    13225: (_W, "Dial: Call blocked by Twilio block list"),
    13227: (_W, "Geo Permission configuration is not permitting call"),
    13256: (_W, "Invalid recordingStatusCallback URL"),
    13310: (_W, "Gather: Invalid finishOnKey value"),
    13312: (_W, "Gather: Invalid method value"),
    13313: (_W, "Gather: Invalid timeout value"),
    13314: (_W, "Gather: Invalid numDigits value"),
    13320: (_W, "Gather: Invalid nested verb"),
    13326: (_W, "Gather: Invalid input value"),
    13327: (_W, "Gather: Invalid speechTimeout value"),
    13328: (_W, "Gather: Invalid maxSpeechTime value"),
    13329: (_W, "Gather: Invalid partialResultCallbackMethod value"),
    13330: (_W, "Gather: Invalid hints value"),
    13332: (_W, "Gather: Invalid bargeIn value"),
    13333: (_W, "Gather: Invalid profanityFilter value"),
    13334: (_W, "Gather: Invalid model value"),
    13338: (_W, "Gather: Invalid actionOnEmptyResult value"),
    13410: (_W, "Play: Invalid loop value"),
    13420: (_E, "Play: Invalid Content-Type"),
    13430: (_W, "Play: Invalid DTMF String"),
    13510: (_W, "Say: Invalid loop value"),
    13520: (_W, "Say: Invalid text"),
    13521: (_W, "<Say> element character limits exceeded"),
    13610: (_W, "Record: Invalid method value"),
    13611: (_W, "Record: Invalid timeout value"),
    13612: (_W, "Record: Invalid maxLength value"),
    13613: (_W, "Record: Invalid finishOnKey value"),
    13614: (_W, "Record: Invalid transcribe value"),
    13616: (_W, "Record: Invalid playBeep value"),
    13621: (_W, "Invalid 'recordingStatusCallbackEvent'"),
    13699: (_W, "Record: Invalid trim value"),
    13710: (_W, "Redirect: Invalid method value"),
    13810: (_W, "Reject: Invalid cause"),
    13910: (_W, "Pause: Invalid length value"),
    15003: (_W, "Call Progress: Warning Response to Callback URL"),
    15004: (_E, "Action Callback URL must be an absolute URL when using TwiML to update in-progress calls"),
    21234: (_W, "Invalid Machine Detection configuration value"),
    21262: (_W, "No AMD status callback URL provided"),
    31900: (_E, "Stream - Unknown error"),
    31901: (_E, "Stream - WebSocket - Connection Timeout"),
    31902: (_E, "Stream - WebSocket - Connection Refused"),
    31903: (_E, "Stream - WebSocket - Connection Broken Pipe"),
    31904: (_E, "Stream - WebSocket - Host Unreachable"),
    31910: (_E, "Stream - WebSocket - SSL Protocol Error"),
    31920: (_E, "Stream - WebSocket - Handshake Error"),
    31921: (_E, "Stream - WebSocket - Close Error"),
    31922: (_E, "Stream - WebSocket - Unsupported Protocol"),
    31923: (_E, "Stream - WebSocket - Malformed URL"),
    31924: (_E, "Stream - WebSocket - Protocol Error"),
    31930: (_W, "Stream - Congestion Error"),
    31931: (_W, "Stream - Media Buffer Overflow"),
    31940: (_E, "Stream - Invalid Connector Name"),
    31941: (_E, "Stream - Invalid Track configuration"),
    31950: (_W, "Stream - Protocol - Undecodable Message"),
    31951: (_W, "Stream - Protocol - Invalid Message"),
}

FIDELITY: Final = (
    ("codes, levels and sentences of the debugger", "Twilio error dictionary, snapshot 2023-05", "documented"),
    ("an ERROR ends the document, a WARNING does not", "Twilio docs, voice/twiml; error dictionary levels", "assumed"),
    ("13338 is a warning and the attribute's default holds", "dictionary says ERROR of the action itself", "assumed"),
    ("15004 for relative action URLs of inline TwiML", "Twilio error dictionary 15004", "documented"),
)
