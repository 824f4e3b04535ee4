"""Twilio's webhooks for the signature battery: the end of a call that the endpoint never heard of, signed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from voicecall_sim.carriers.case import Desk, Draft, Make, Room, Shot, check_token
from voicecall_sim.carriers.forging import Forger
from voicecall_sim.carriers.twilio import ids, wire
from voicecall_sim.carriers.twilio import parameters as told
from voicecall_sim.carriers.twilio.signature import HEADER, requested_url, sign, signed_url, with_body_hash

JSON: Final = ("Content-Type", "application/json")
EVENT: Final = b'{"CallSid": "CA00000000000000000000000000000000", "CallStatus": "completed"}'
SECURITY: Final = "docs usage/webhooks/webhooks-security"


def draft(desk: Desk) -> Draft:
    """The end of an outbound call of half a minute, as its status callback tells it.

    But for empty parameters, which have a case of their own.
    """
    base = {
        "AccountSid": ids.new_sid(desk.chance, ids.ACCOUNT),
        "ApiVersion": told.API_VERSION,
        "CallSid": ids.new_sid(desk.chance, ids.CALL),
        "Direction": "outbound-api",
        **told.party("From", "Caller", "+15550001234"),
        **told.party("To", "Called", "+15550005678"),
    }
    params = {
        **base,
        **told.progress("completed", 3, datetime.fromtimestamp(desk.now(), UTC)),
        **told.ending(31, 200, None),
    }
    return Draft(url=desk.url, params=tuple((name, value) for name, value in params.items() if value))


def signed(desk: Desk, draft: Draft) -> Shot:
    """The request that Twilio makes of a draft."""
    if draft.body is not None:
        url = with_body_hash(requested_url(draft.url), draft.body)
        return _shot(desk, replace(draft, url=url), draft.body, (JSON,), sign(desk.secret, signed_url(url)))
    if draft.method == "GET":
        url = requested_url(draft.url)
        query = wire.form(draft.params).decode()
        url += ("&" if "?" in url else "?") * bool(query) + query
        return _shot(desk, replace(draft, url=url), b"", (), sign(desk.secret, signed_url(url)))
    signature = sign(desk.secret, signed_url(draft.url), draft.params)
    return _shot(desk, draft, wire.form(draft.params), (wire.FORM,), signature)


def _shot(desk: Desk, draft: Draft, body: bytes, kind: Sequence[tuple[str, str]], signature: str) -> Shot:
    always = tuple(pair for pair in wire.HEADERS if pair[0].lower() != "connection")
    token = (wire.TOKEN_HEADER, desk.chance.uuid("twilio.idempotency"))
    headers = (*always, *kind, token, (HEADER, signature))
    return Shot(url=requested_url(draft.url), method=draft.method, headers=headers, body=body)


ROOM: Final = Room(
    secret="auth-token",
    headers=(HEADER,),
    draft=draft,
    signed=signed,
    check=check_token,
    made_of=lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() if text else "",
    published=lambda secret: "",
    settings=lambda secret: {"accountSid": ids.ACCOUNT + "0" * 32, "authToken": secret},
)
IT: Final = Forger(ROOM)


def as_json(draft: Draft) -> Draft:
    """A hook whose body is JSON: its hash goes into the URL."""
    return replace(draft, params=(), body=EVENT)


def rewritten(old: bytes, new: bytes) -> Make:
    """A form that is encoded otherwise, and decodes to the same."""

    def make(desk: Desk) -> Sequence[Shot]:
        shot = IT.plain(desk)
        return (replace(shot, body=shot.body.replace(old, new)),)

    return make
