"""Who may call whom: `To`, `From` and `CallerId` of a call, as Twilio judges them."""

from __future__ import annotations

import re
from typing import Final

from voicecall_sim.carriers.twilio.account import Account
from voicecall_sim.carriers.twilio.numbering import by_keypad, e164
from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.validation import Form

FIDELITY: Final = (
    ("a From with letters is not a number but unverified (21210)", "a public suite against the real API", "captured"),
    ("From is judged before To", "nothing published", "assumed"),
    ("CallerId must be the account's, like From", "nothing published", "assumed"),
    ("To equal to From is 21211", "Twilio docs, errors/21211", "documented"),
    (
        "SIP: username and password below 256 characters, headers below 1024",
        "error dictionary 21221-21229",
        "documented",
    ),
    ("which characters SIP credentials and headers may have", "RFC 3261 token and quoted text", "assumed"),
)

_CLIENT: Final = "client:"
_SIP: Final = re.compile(r"sips?:(?:[^\s@?]+@)?[^\s@?]+(?:\?(?P<headers>.*))?", re.IGNORECASE)
_WORD: Final = re.compile(r"\w*[A-Za-z]\w*", re.ASCII)
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+")
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]*")


def read_parties(form: Form, account: Account, written: tuple[str, str]) -> tuple[str, str]:
    """`To` and `From` as they are dialled and shown. `written` are the two as they came, both present."""
    to, from_ = written
    if _is_sip(to):
        _judge_sip(to, form, account)
        return to, e164(from_) or from_
    if to.startswith(_CLIENT):
        return to, from_ if from_.startswith(_CLIENT) else _own_number(from_, account)
    caller = _own_number(from_, account)
    return _destination(to, caller, account), caller


def read_caller_id(form: Form, account: Account) -> str | None:
    """The number shown to the called party in place of `From`."""
    value = form["CallerId"]
    return value and _own_number(value, account)


def _own_number(written: str, account: Account) -> str:
    number = e164(written)
    if number is None and not _WORD.fullmatch(written):
        raise Refused(21212, value=written)
    if number is None or not account.may_call_from(number):
        raise Refused(21210, value=written)
    return number


def _destination(written: str, caller: str, account: Account) -> str:
    number = e164(by_keypad(written))
    if number is None or number == caller:
        raise Refused(21211, value=written)
    terms = account.terms
    if (code := terms.destinations.get(number)) is not None:
        raise Refused(code, value=number)
    if not number.startswith(terms.regions):
        raise Refused(21215, value=number)
    if terms.trial and not account.may_call_from(number):
        raise Refused(21219, value=number)
    return number


def _is_sip(to: str) -> bool:
    return to.lower().startswith(("sip:", "sips:"))


def _judge_sip(to: str, form: Form, account: Account) -> None:
    if not account.terms.sip:
        raise Refused(21226)
    match = _SIP.fullmatch(to)
    if match is None:
        raise Refused(21211, value=to)
    _judge_headers(match["headers"] or "")
    _judge_credentials(form["SipAuthUsername"], form["SipAuthPassword"])


def _judge_headers(headers: str) -> None:
    if len(headers) >= 1024:
        raise Refused(21227)
    for header in filter(None, headers.split("&")):
        name, _, value = header.partition("=")
        if not _HEADER_NAME.fullmatch(name):
            raise Refused(21228)
        if not _PRINTABLE.fullmatch(value):
            raise Refused(21229)


def _judge_credentials(user: str | None, password: str | None) -> None:
    for value, too_long, illegal in ((user, 21221, 21222), (password, 21223, 21224)):
        if value is not None and len(value) >= 256:
            raise Refused(too_long)
        if value is not None and not _PRINTABLE.fullmatch(value):
            raise Refused(illegal)
    if user is not None and password is None:
        raise Refused(21225)
