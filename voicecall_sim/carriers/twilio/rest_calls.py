"""The Calls resource: Twilio docs, voice/api/call-resource."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.twilio import filters, paging
from voicecall_sim.carriers.twilio.account import Callback, CallResource
from voicecall_sim.carriers.twilio.asked import NO_CONTENT, Answer, Asked, Office, Route
from voicecall_sim.carriers.twilio.numbering import e164
from voicecall_sim.carriers.twilio.orders import PARAMETERS, read_instructions, read_order
from voicecall_sim.carriers.twilio.presentation import show_call, show_new_call
from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.validation import Form, callback, choice, whole

FIDELITY: Final = (
    ("create answers 201 with the call queued", "observed traffic", "captured"),
    ("redirecting or completing a call that is over is 21220", "bmlt-enabled/yap#570, error dictionary", "captured"),
    ("redirecting a call that is not in progress yet is 21220", "error dictionary 21220", "documented"),
    ("cancelling a call that is over is 21220", "by analogy", "assumed"),
    ("canceled does nothing to a call in progress", "Twilio docs, voice/api/call-resource", "documented"),
    ("Status wins over Url and Twiml in one update", "nothing published", "assumed"),
    ("Url and Twiml in one update are refused (20001)", "OpenAPI says mutually exclusive, not the code", "assumed"),
    ("callbacks change only together with Url or Twiml", "twilio/twilio-python#884", "reported"),
    ("a change of a call that is over is 21220", "by analogy", "assumed"),
    ("deleting answers 204; 20009 while the call is not over", "error dictionary, somleng", "documented"),
    ("an unknown Status in a filter is 20001", "nothing published", "assumed"),
)

UPDATE_PARAMETERS: Final = frozenset(
    {"Url", "Method", "Twiml", "Status", "TimeLimit", "FallbackUrl", "FallbackMethod", "StatusCallback"}
    | {"StatusCallbackMethod"}
)
LIST_PARAMETERS: Final = frozenset(
    {"To", "From", "ParentCallSid", "Status", *filters.names("StartTime"), *filters.names("EndTime")}
    | set(paging.PARAMETERS)
)


def create(office: Office, asked: Asked) -> Answer:
    """Place a call."""
    placed = read_order(asked.form, office.account)
    call = office.exchange.place(placed.order)
    return Answer(status=201, json=show_new_call(call), warnings=placed.warnings)


def fetch(office: Office, asked: Asked) -> Answer:
    """One call."""
    return Answer(json=show_call(office.call(asked), office.wall()))


def list_(office: Office, asked: Asked) -> Answer:
    """The calls that match, the newest first."""
    page = paging.read_page(asked.path, asked.query)
    now = office.wall()
    wanted = _Wanted(asked.query)
    return Answer(json=page.body("calls", office.account.calls, wanted, lambda call: show_call(call, now)))


class _Wanted:
    """Whether a call passes a list's filters. Bad filters are refused on construction."""

    def __init__(self, query: Form) -> None:
        self._query = query
        self._to = _number_or_text(query["To"])
        self._from = _number_or_text(query["From"])
        self._parent = query["ParentCallSid"]
        self._status = choice(query, "Status", (*CallStatus, ""), "")
        filters.judge(query, "StartTime")
        filters.judge(query, "EndTime")

    def __call__(self, call: CallResource) -> bool:
        """Whether this call is wanted."""
        facts = (call.to, call.from_, call.parent_call_sid, call.status.value)
        wishes = (self._to, self._from, self._parent, self._status)
        return (
            all(not wish or wish == fact for wish, fact in zip(wishes, facts, strict=True))
            and filters.within(self._query, "StartTime", call.start_time)
            and filters.within(self._query, "EndTime", call.end_time)
        )


def _number_or_text(text: str | None) -> str | None:
    return None if text is None else e164(text) or text


def update(office: Office, asked: Asked) -> Answer:
    """End, redirect or change a call."""
    call = office.call(asked)
    form = asked.form
    status = choice(form, "Status", ("canceled", "completed", ""), "")
    longest = _read_limit(office, form)
    if status:
        _end(office, call, status)
    elif "Url" in form or "Twiml" in form:
        _redirect(office, call, form)
    elif longest and call.status.over:
        raise Refused(21220)
    if longest and not call.status.over:
        office.exchange.change(call.sid, time_limit=longest)
    return Answer(json=show_call(call, office.wall()))


def _read_limit(office: Office, form: Form) -> int | None:
    return whole(form, "TimeLimit", 0, (1, office.account.terms.time_limit)) or None


def _end(office: Office, call: CallResource, status: str) -> None:
    if call.status.over:
        raise Refused(21220)
    if status == "completed":
        office.exchange.complete(call.sid)
    elif call.status is not CallStatus.IN_PROGRESS:
        office.exchange.cancel(call.sid)


def _redirect(office: Office, call: CallResource, form: Form) -> None:
    local = office.account.terms.local_urls
    instructions = _read_new_instructions(form, local)
    fallback = callback(form, "FallbackUrl", "FallbackMethod", local=local)
    status_callback = callback(form, "StatusCallback", "StatusCallbackMethod", local=local, url_code=21609)
    if call.status is not CallStatus.IN_PROGRESS:
        raise Refused(21220)
    if fallback or status_callback:
        office.exchange.change(call.sid, fallback=fallback, status_callback=status_callback)
    office.exchange.redirect(call.sid, instructions)


def _read_new_instructions(form: Form, local: bool) -> Callback | str:
    if form["Url"] and form["Twiml"]:
        raise Refused(20001, name="Url", problem="and Twiml are mutually exclusive")
    instructions = read_instructions(form, local)
    if instructions is None:
        raise Refused(21205, name="Url", value="")
    return instructions


def delete(office: Office, asked: Asked) -> Answer:
    """Forget a call that is over."""
    call = office.call(asked)
    if not call.status.over:
        raise Refused(20009)
    del office.account.calls[call.sid]
    return NO_CONTENT


ROUTES: Final = (
    Route(operation="create call", method="POST", path="/Calls.json", handler=create, parameters=PARAMETERS),
    Route(operation="list calls", method="GET", path="/Calls.json", handler=list_, parameters=LIST_PARAMETERS),
    Route(operation="fetch call", method="GET", path="/Calls/{call}.json", handler=fetch),
    Route(
        operation="update call", method="POST", path="/Calls/{call}.json", handler=update, parameters=UPDATE_PARAMETERS
    ),
    Route(operation="delete call", method="DELETE", path="/Calls/{call}.json", handler=delete),
)
