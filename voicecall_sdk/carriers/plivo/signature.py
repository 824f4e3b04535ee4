"""May this request be believed? Plivo's signatures (docs: voice/concepts/signature-validation; its own libraries).

V3 covers method, URL and parameters: base64(HMAC-SHA256(auth token, base + "." + nonce)), with the base as `base_of`
writes it. V2 covers the URL without its query, and nothing else: it counts only where there is no V3.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Final

from voicecall_sdk.carriers.carrier import Credentials, Proof
from voicecall_sdk.carriers.forms import MAX_PARAMETERS, concatenated, form_of, is_form
from voicecall_sdk.carriers.urls import port_forms, redacted
from voicecall_sdk.errors import Forged, Mismatched
from voicecall_sdk.messages import WebhookRequest, pairs_of

V3: Final = "x-plivo-signature-v3"
V3_OF_MAIN: Final = "x-plivo-signature-ma-v3"
V3_NONCE: Final = "x-plivo-signature-v3-nonce"
V2: Final = "x-plivo-signature-v2"
V2_OF_MAIN: Final = "x-plivo-signature-ma-v2"
V2_NONCE: Final = "x-plivo-signature-v2-nonce"

WAYS: Final = tuple(
    frozenset(way) for way in ((V3, V3_NONCE), (V3_OF_MAIN, V3_NONCE), (V2, V2_NONCE), (V2_OF_MAIN, V2_NONCE))
)
"""Ways to be signed: by the token of the account that owns the call, or of the main account above it."""

WEAK: Final = "it has Plivo's old signature (V2) alone, which covers neither parameters nor query"

Pairs = Iterable[tuple[str, str]]


def verify(request: WebhookRequest, credentials: Credentials, urls: Sequence[str], now: float) -> Proof:
    """Believe the request or raise `Forged`.

    The nonce is new for every attempt to deliver, and what V3 covers is not: that is the delivery's identity. Of a V2
    the nonce is all that a stranger cannot change about a copy.
    """
    headers = request.headers
    if not (token := credentials.get("authToken")):  # by an empty one everybody could sign
        raise Forged("Missing plivo.authToken (configure it to verify webhooks)")
    if request.body.count(b"&") >= MAX_PARAMETERS:
        raise Forged(f"More than {MAX_PARAMETERS} parameters")
    nonce = headers.get(V3_NONCE, "")
    given = [*_listed(headers.get(V3, "")), *_listed(headers.get(V3_OF_MAIN, ""))]
    if given and nonce:
        return _by_v3(request, token, urls, given, nonce)
    nonce, given = headers.get(V2_NONCE, ""), [headers[name] for name in (V2, V2_OF_MAIN) if headers.get(name)]
    if given and nonce:
        return _by_v2(token, urls, given, nonce)
    raise Forged("Missing Plivo signature headers (V3 or V2)")


def base_of(method: str, url: str, params: Pairs = ()) -> str:
    """What V3 signs, without the nonce.

    The URL as it was configured (port and user too) but for its fragment; its query decoded and sorted; a form's
    parameters without anything between them, after a dot, and after a bare `?` where there is no query.
    """
    address, _, asked = url.partition("#")[0].partition("?")
    query, form = pairs_of(asked), list(params)
    if method == "GET":
        named = {name for name, _ in query}
        query += [(name, value) for name, value in form if name not in named]
        form = []
    written = "&".join([f"{name}={value}" for name, value in sorted(query)])
    if not form:
        return f"{address}?{written}" if written else address
    return f"{address}?{written}{'.' if written else ''}{concatenated(form)}"


def sign(method: str, url: str, nonce: str, auth_token: str, params: Pairs = ()) -> str:
    """The V3 signature of a request."""
    return _signed(f"{base_of(method, url, params)}.{nonce}", auth_token).decode()


def sign_v2(url: str, nonce: str, auth_token: str) -> str:
    """The V2 signature of a request: nothing stands between the URL and the nonce."""
    return _signed(_address(url) + nonce, auth_token).decode()


def _by_v3(request: WebhookRequest, token: str, urls: Sequence[str], given: Sequence[str], nonce: str) -> Proof:
    if request.method not in ("GET", "POST"):
        raise Forged(f"Unsupported HTTP method for Plivo V3 signature: {request.method}")
    if request.body and not is_form(request):
        raise Forged("A body that is no form is not covered by Plivo's signature")
    form = form_of(request)
    for url in port_forms(urls):
        base = base_of(request.method, url, form)
        if _any_is(given, _signed(f"{base}.{nonce}", token)):
            return Proof(key=f"plivo:v3:{_digest(base)}")
    raise Mismatched(f"Invalid Plivo V3 signature for URL: {_shown(urls)}")


def _by_v2(token: str, urls: Sequence[str], given: Sequence[str], nonce: str) -> Proof:
    for url in port_forms(urls):
        if _any_is(given, _signed(_address(url) + nonce, token)):
            return Proof(key=f"plivo:v2:{_digest(_address(url) + nonce)}", warning=WEAK)
    raise Mismatched(f"Invalid Plivo V2 signature for URL: {_shown(urls)}")


def _address(url: str) -> str:
    """The URL without query and fragment."""
    return url.partition("#")[0].partition("?")[0]


def _listed(header: str) -> list[str]:
    """While tokens are changed there is a signature by each."""
    return [each.strip() for each in header.split(",") if each.strip()]


def _any_is(given: Sequence[str], expected: bytes) -> bool:
    return any(hmac.compare_digest(each.encode("utf-8", "surrogateescape"), expected) for each in given)


def _signed(text: str, auth_token: str) -> bytes:
    """A request target may hold bytes that are no UTF-8: they are signed as they came."""
    return base64.b64encode(hmac.digest(auth_token.encode(), text.encode("utf-8", "surrogateescape"), hashlib.sha256))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _shown(urls: Sequence[str]) -> str:
    return redacted(urls[0]) if urls else "(no public URL)"
