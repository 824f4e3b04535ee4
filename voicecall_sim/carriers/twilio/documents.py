"""Getting a document: the request, and what Twilio makes of each kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.answers import Failure, Reply
from voicecall_sim.carriers.twilio.debugger import ApplicationFault, Notice
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.markup import Reading, read_document
from voicecall_sim.carriers.twilio.media import audio
from voicecall_sim.carriers.twilio.steps import Document, Fetch, Inline, absolute
from voicecall_sim.carriers.twilio.verbs import AudioBody, Say
from voicecall_sim.carriers.twilio.webhooks import Delivery


async def obtain(call: LiveCall, fetch: Fetch) -> Document:
    """Request a document. Raises `ApplicationFault` if none comes, `Interrupted` if the call moves on meanwhile.

    The request goes its way even if nobody waits for its answer any more.
    """
    call.control.check()
    absolute(fetch.callback.url)
    errand = call.errand(fetch.kind, fetch.event, fetch.callback, fetch.params)
    delivery = await call.control.wait(call.plant.tasks.spawn(call.plant.send(errand)))
    try:
        return understood(call, delivery, fetch.last)
    except ApplicationFault as fault:
        fault.url = fetch.callback.url.partition("#")[0]
        raise


def read_inline(call: LiveCall, inline: Inline) -> Document:
    """The document of a `Twiml` parameter. Raises `ApplicationFault`."""
    return document_of(call, read_document(inline.twiml.encode(), "utf-8"), None, last=False)


def understood(call: LiveCall, delivery: Delivery, last: bool) -> Document:
    """What an answer means. Raises `ApplicationFault` when it means nothing."""
    answer = delivery.answer
    if isinstance(answer, Failure):
        raise ApplicationFault(Notice(answer.code, answer.error))
    if answer.status >= 300 or answer.status < 200:
        raise ApplicationFault(Notice(11200, f"the answer was {answer.status}"))
    check_body(answer)
    kind, charset = content_type(answer.headers.get("Content-Type", ""))
    source = Callback(url=delivery.url, method=delivery.method)
    sound = audio(source.url, kind, answer.body)
    if sound is not None:
        return Document(verbs=(AudioBody(sound=sound),), source=source, last=last)
    read = READERS.get(kind)
    if read is None:
        raise ApplicationFault(Notice(12300, kind))
    return read(call, answer.body, charset, source, last)


def check_body(reply: Reply) -> None:
    """Raises `ApplicationFault` for an answer without a usable body."""
    if not reply.whole:
        raise ApplicationFault(Notice(11750))
    if "Content-Type" not in reply.headers:
        raise ApplicationFault(Notice(11200, "502, the answer has no Content-Type"))
    if not reply.body.strip():
        chunked = reply.headers.get("Transfer-Encoding", "").lower() == "chunked"
        raise ApplicationFault(Notice(11770) if chunked else Notice(12100, "the answer is empty"))


def content_type(header: str) -> tuple[str, str | None]:
    """The media type in lower case, and the charset if one is given."""
    kind, *parameters = header.split(";")
    charset = next(
        (value.strip(' "') for name, _, value in (p.partition("=") for p in parameters) if name.strip() == "charset"),
        None,
    )
    return kind.strip().lower(), charset


def document_of(call: LiveCall, reading: Reading, source: Callback | None, *, last: bool) -> Document:
    """A document that was read; what is odd about it goes to the debugger."""
    for notice in reading.notices:
        call.warn(notice)
    return Document(verbs=reading.verbs, source=source, last=last)


def read_markup(call: LiveCall, body: bytes, charset: str | None, source: Callback, last: bool) -> Document:
    """XML types are parsed as TwiML."""
    return document_of(call, read_document(body, charset), source, last=last)


def read_plain(call: LiveCall, body: bytes, charset: str | None, source: Callback, last: bool) -> Document:
    """Plain text is executed if it is TwiML, else read aloud."""
    try:
        return read_markup(call, body, charset, source, last)
    except ApplicationFault:
        words = " ".join(body.decode(errors="replace").split())
        return Document(verbs=(Say(words=(words,)),), source=source, last=last)


READERS: Final[Mapping[str, Callable[[LiveCall, bytes, str | None, Callback, bool], Document]]] = {
    "text/xml": read_markup,
    "application/xml": read_markup,
    "text/html": read_markup,
    "text/plain": read_plain,
}

FIDELITY: Final = (
    ("XML and HTML are parsed as TwiML, plain text otherwise read aloud, audio played", "voice/twiml", "documented"),
    ("other content types are a 12300", "error dictionary 12300", "documented"),
    ("no Content-Type is an 11200 that mentions 502", "error dictionary 12300", "documented"),
    ("an empty body is a 12100, a chunked one an 11770", "error dictionary 11770", "assumed"),
    ("204 is an answer without a document", "no source", "assumed"),
)
