"""Gets documents from the application, and says what it does to a call when that fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.courier import Answer, Failure
from voicecall_sim.carriers.plivo.endings import Fault, unreachable
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.markup import InvalidXml, read_document
from voicecall_sim.carriers.plivo.parameters import start
from voicecall_sim.carriers.plivo.steps import Document, Fetch, Finish, Step
from voicecall_sim.carriers.plivo.webhooks import Errand, requestable
from voicecall_sim.telephony.signals import Cause

METHODS: Final = ("GET", "POST")
XML_TYPES: Final = frozenset({"application/xml", "text/xml"})


async def obtain(call: LiveCall, fetch: Fetch) -> Step:
    """Request a document: the document, its fallback, or the end of the call. Raises `Interrupted`."""
    if (fault := fault_of(fetch.callback)) is not None:
        return after(call, fetch, "it cannot be requested", fault)
    work = call.plant.tasks.spawn(call.plant.send(errand_of(call, fetch)))
    answer = await call.control.wait(work)
    try:
        return read(call, fetch, answer)
    except InvalidXml as problem:
        good = not isinstance(answer, Failure) and answer.good
        return after(call, fetch, str(problem), Fault.XML if good else Fault.HTTP)


def fault_of(callback: Callback) -> Fault | None:
    """What keeps a URL from being requested at all."""
    if not requestable(callback.url):
        return Fault.URL
    return None if callback.method in METHODS else Fault.METHOD


def errand_of(call: LiveCall, fetch: Fetch) -> Errand:
    """The request of a document; that of an answer URL has some parameters of its own."""
    errand = call.errand(fetch.kind, fetch.event, fetch.callback, fetch.params)
    if fetch.where != "answer":
        return errand
    told = {**start(call.plant.account, call.record, call.headers), **fetch.params}
    return Errand(kind=fetch.kind, event=fetch.event, call_uuid=call.uuid, callback=fetch.callback, params=told)


def read(call: LiveCall, fetch: Fetch, answer: Answer) -> Document:
    """The document in an answer. Raises `InvalidXml`."""
    if isinstance(answer, Failure):
        raise InvalidXml(answer.error)
    if not answer.good:
        raise InvalidXml(f"the answer was {answer.status}")
    if not answer.whole:
        raise InvalidXml("the document is longer than 100 kB")
    if content_type(answer.headers) not in XML_TYPES:
        raise InvalidXml(f"its type is {content_type(answer.headers) or 'not given'}")
    lenient = call.plant.account.terms.ignore_unknown_elements
    return Document(elements=read_document(answer.body, lenient=lenient))


def content_type(headers: Mapping[str, str]) -> str:
    """Without its parameters."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def after(call: LiveCall, fetch: Fetch, problem: str, fault: Fault) -> Step:
    """What a failed request leads to: the fallback once, then the end."""
    finish = failed(fetch.where, fault)
    call.note(finish.ending.code, f"{fetch.event}: {problem}")
    if fetch.fallback is None:
        return finish
    return Fetch(callback=fetch.fallback, where=fetch.where, kind="voice", event="fallback", params=fetch.params)


def failed(where: str, fault: Fault = Fault.HTTP) -> Finish:
    """The end of a call whose instructions could not be had."""
    return Finish(ending=unreachable(where, fault), cause=Cause.FAILED, by="carrier")


FIDELITY: Final = (
    ("a URL that fails ends the call: 7011 to 7014, invalid XML 8011 to 8014", "callback-configurations", "documented"),
    (
        "an invalid URL is 7022 to 7024, an invalid method 7032 to 7034",
        "docs voice/troubleshooting/hangup-causes",
        "documented",
    ),
    ("fallback_url is asked after the answer URL's attempts, for invalid XML too", "make-a-call", "documented"),
    ("the fallback gets the parameters of the answer request", "no source", "assumed"),
    ("actions, redirects and transfers have no fallback", "make-a-call names answer_url alone", "assumed"),
    (
        "documents are application/xml or text/xml; another type is invalid XML",
        "docs voice/concepts/callbacks",
        "documented",
    ),
    ("documents over 100 kB are invalid XML", "docs voice/concepts/account-limits", "documented"),
)
