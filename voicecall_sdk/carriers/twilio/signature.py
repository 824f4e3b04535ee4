"""May this request be believed? Twilio's request signature (docs: usage/webhooks/webhooks-security).

base64(HMAC-SHA1(auth token, URL + every form name and value, sorted by name, without separators)). A body that is
no form is covered by `bodySHA256` in the query instead.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from voicecall_sdk.carriers.carrier import Credentials, Proof
from voicecall_sdk.carriers.forms import MAX_PARAMETERS, concatenated, form_of, is_form
from voicecall_sdk.carriers.urls import port_forms, redacted
from voicecall_sdk.errors import Forged, Mismatched
from voicecall_sdk.messages import WebhookRequest, pairs_of

HEADER: Final = "x-twilio-signature"


def verify(request: WebhookRequest, credentials: Credentials, urls: Sequence[str], now: float) -> Proof:
    """Believe the request or raise `Forged`.

    Every form of the URL is tried with and without its port: Twilio drops the port of an https URL before it signs,
    keeps that of an http one, and proxies change what arrives. The proof's key is the signature: it stands for all
    that was signed, and for nothing that a stranger could change about a copy (the same bytes cut into other
    parameters, a parameter given twice, a Host header).
    """
    signature = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
    if not signature:
        raise Forged("Missing X-Twilio-Signature header")
    if request.body.count(b"&") >= MAX_PARAMETERS:
        raise Forged(f"More than {MAX_PARAMETERS} parameters")
    if not (token := credentials.get("authToken")):  # by an empty one everybody could sign
        raise Forged("Missing twilio.authToken (configure it to verify webhooks)")
    written = concatenated(form_of(request), once=True)
    for url in port_forms(urls):
        if hmac.compare_digest(signature, _signed(url + written, token)):
            if not _body_is_covered(request, url):
                raise Forged(f"The body is not the one that was signed for URL: {redacted(url)}")
            return Proof(key="twilio:req:" + hashlib.sha256(signature).hexdigest())
    shown = redacted(urls[0]) if urls else "(no public URL)"
    raise Mismatched(f"Invalid signature for URL: {shown}")


def sign(url: str, params: Sequence[tuple[str, str]], auth_token: str) -> str:
    """The signature of a request to `url` with these form parameters. A value given twice for a name counts once."""
    return _signed(url + concatenated(params, once=True), auth_token).decode()


def _signed(text: str, auth_token: str) -> bytes:
    """A request target may hold bytes that are no UTF-8: they are signed as they came."""
    return base64.b64encode(hmac.digest(auth_token.encode(), text.encode("utf-8", "surrogateescape"), hashlib.sha1))


def _body_is_covered(request: WebhookRequest, url: str) -> bool:
    if not request.body or is_form(request):
        return True
    expected = dict(pairs_of(urlsplit(url).query)).get("bodySHA256", "")
    return hmac.compare_digest(expected.lower().encode(), hashlib.sha256(request.body).hexdigest().encode())
