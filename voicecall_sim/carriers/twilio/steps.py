"""What a call's performance can be about to do: fetch a document, perform one, or finish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import urljoin, urlsplit

from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.debugger import ApplicationFault, Notice
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.verbs import Say, Verb
from voicecall_sim.telephony.signals import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """End the call: why, who did it, and the final status where the cause alone does not say it.

    `spent`: nobody asked for it, the document just came to its end.
    """

    cause: Cause = Cause.NORMAL
    by: str = "app"
    status: CallStatus | None = None
    spent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """TwiML to be performed. `source` is where it came from and may be requested again; None for inline TwiML.

    `last` marks what must not lead to the fallback URL again. `then` is what the end of the document means.
    """

    verbs: tuple[Verb, ...]
    source: Callback | None
    last: bool = False
    then: Finish = Finish(spent=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Request a document. `params` go with the base set; `kind` and `event` as in `Outgoing`; `last` as above."""

    callback: Callback
    kind: str
    event: str
    params: Mapping[str, str] = field(default_factory=dict)
    last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """TwiML that came with a REST request, not read yet."""

    twiml: str


Step: TypeAlias = Fetch | Inline | Document | Finish


def begin(instructions: Callback | str, event: str, params: Mapping[str, str] | None = None) -> Step:
    """Where a call's instructions begin: a request, or TwiML that came inline."""
    if isinstance(instructions, str):
        return Inline(twiml=instructions)
    return Fetch(callback=instructions, kind="voice", event=event, params=params or {})


def target(document: Document, url: str | None, method: str) -> Callback:
    """What a URL within a document means; an absent one is the document's own.

    Raises `ApplicationFault`: 15004 for a relative URL in inline TwiML, 11100 for one that cannot be requested, or when
    there is no URL at all.
    """
    if document.source is None:
        if not url:
            raise ApplicationFault(Notice(11100, "TwiML that came inline has no URL to request again"))
        if not urlsplit(url).scheme:
            raise ApplicationFault(Notice(15004, url))
        return Callback(url=absolute(url), method=method)
    if not url:
        return Callback(url=document.source.url, method=method)
    return Callback(url=absolute(urljoin(document.source.url, url)), method=method)


def absolute(url: str) -> str:
    """The URL if it can be requested. Raises `ApplicationFault` 11100 otherwise."""
    try:
        parts = urlsplit(url)
        requestable = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        requestable = False
    if not requestable:
        raise ApplicationFault(Notice(11100, url), url)
    return url


CANNED: Final = "We're sorry. An application error has occurred. Goodbye."

APOLOGY: Final = Document(verbs=(Say(words=(CANNED,)),), source=None, last=True, then=Finish(by="carrier"))
"""What happens when an application failed and there is no fallback."""

FIDELITY: Final = (
    ("relative URLs resolve against the current document, after redirects", "voice/twiml", "documented"),
    ("without action Gather and Record request the current document's URL", "voice/twiml/gather", "documented"),
    ("without action in inline TwiML: 11100", "error dictionary 11100", "documented"),
    ("an application error is announced by a canned sentence, then hung up", "voice/twiml", "documented"),
    ("the words of that sentence", "what callers report to hear", "assumed"),
)
