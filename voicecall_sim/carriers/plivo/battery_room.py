"""Plivo's webhooks for the signature battery: the end of a call that the endpoint never heard of, signed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from voicecall_sim.carriers.case import Desk, Draft, Make, Room, Shot, check_token
from voicecall_sim.carriers.forging import Forger
from voicecall_sim.carriers.plivo import ids
from voicecall_sim.carriers.plivo.parameters import NOT_APPLICABLE, session_time
from voicecall_sim.carriers.plivo.signature import (
    HEADERS,
    MAIN_V3,
    V3,
    Pairs,
    in_order,
    sign_v3,
    webhook_headers,
)

FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
JSON: Final = ("Content-Type", "application/json")
VALIDATION: Final = "docs voice/concepts/signature-validation"
ACCOUNT: Final = "MA" + "0" * 18


def draft(desk: Desk) -> Draft:
    """The end of an outbound call of half a minute: its hangup_url."""
    call, ended = ids.new_uuid(desk.chance, "call"), datetime.fromtimestamp(desk.now(), UTC)
    params = {
        "ALegRequestUUID": call,
        "ALegUUID": call,
        **_times(ended),
        "BillDuration": "60",
        "BillRate": "0.005",
        "CallStatus": "completed",
        "CallUUID": call,
        "Direction": "outbound",
        "Duration": "31",
        "Event": "Hangup",
        "From": "15550001234",
        "HangupCause": "NORMAL_CLEARING",
        "HangupCauseCode": "4000",
        "HangupCauseName": "Normal Hangup",
        "HangupSource": "Callee",
        "ParentAuthID": ACCOUNT,
        "RequestUUID": call,
        "STIRAttestation": NOT_APPLICABLE,
        "STIRVerification": NOT_APPLICABLE,
        "SessionStart": session_time(ended),
        "To": "15550005678",
        "TotalCost": "0.00500",
    }
    return Draft(url=desk.url, params=tuple(params.items()), nonce=ids.new_nonce(desk.chance))


def _times(at: datetime) -> Mapping[str, str]:
    return dict.fromkeys(("AnswerTime", "EndTime", "StartTime"), f"{at:%Y-%m-%d %H:%M:%S}")


def signed(desk: Desk, draft: Draft) -> Shot:
    """The request that Plivo makes of a draft."""
    return _signed((desk.secret,), draft)


def _signed(tokens: Sequence[str], draft: Draft) -> Shot:
    url = draft.url.partition("#")[0]
    if draft.method == "GET":
        url = _with_query(url, draft.params)
        headers = webhook_headers(tokens, "GET", url, draft.nonce, ())
        return Shot(url=_bare(url), method="GET", headers=tuple(headers.items()))
    made = webhook_headers(tokens, draft.method, url, draft.nonce, draft.params).items()
    body = urlencode(list(in_order(draft.params))).encode() if draft.body is None else draft.body
    kind = FORM if draft.body is None else JSON
    return Shot(url=_bare(url), method=draft.method, headers=(kind, *made), body=body)


def _with_query(url: str, params: Pairs) -> str:
    """The parameters merged with the URL's own query, sorted and encoded anew."""
    parts = urlsplit(url)
    merged = [*parse_qsl(parts.query, keep_blank_values=True), *params]
    return urlunsplit(parts._replace(query=urlencode(list(in_order(merged)))))


def _bare(url: str) -> str:
    """The URL as it is requested: without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


ROOM: Final = Room(
    secret="auth-token",
    headers=HEADERS,
    draft=draft,
    signed=signed,
    check=check_token,
    made_of=lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() if text else "",
    published=lambda secret: "",
    settings=lambda secret: {"authId": ACCOUNT, "authToken": secret},
)
IT: Final = Forger(ROOM)


# --- how requests are changed -----------------------------------------------------------------------------------


def rotating(*order: str) -> Make:
    """Signed while the token is being replaced; `new` is the one that the endpoint has, `old` another one."""

    def make(desk: Desk) -> Sequence[Shot]:
        tokens = {"new": desk.secret, "old": ROOM.made_of("the token before")}
        return (_signed([tokens[each] for each in order], draft(desk)),)

    return make


def rotating_with_blanks(desk: Desk) -> Sequence[Shot]:
    """The list with a blank after the comma."""
    (shot,) = rotating("old", "new")(desk)
    for name in (V3, MAIN_V3):
        shot = shot.with_header(name, shot.value(name).replace(",", ", "))
    return (shot,)


def only_v2(make: Make) -> Make:
    """The same with the old signatures alone."""
    return lambda desk: tuple(_without_version(shot, "v3") for shot in make(desk))


def only_v3(make: Make) -> Make:
    """The same without the old signatures."""
    return lambda desk: tuple(_without_version(shot, "v2") for shot in make(desk))


def _without_version(shot: Shot, version: str) -> Shot:
    for name in HEADERS:
        if version in name.lower():
            shot = shot.with_header(name)
    return shot


def downgraded(desk: Desk) -> Sequence[Shot]:
    """A changed parameter, a V3 that does not fit, and a V2 that does: it covers no parameter."""
    hook = draft(desk)
    changed = tuple((name, "in-progress" if name == "CallStatus" else value) for name, value in hook.params)
    shot, bogus = signed(desk, replace(hook, params=changed)), sign_v3("nobody's", "POST", hook.url, hook.nonce)
    return (shot.with_header(V3, bogus).with_header(MAIN_V3, bogus),)
