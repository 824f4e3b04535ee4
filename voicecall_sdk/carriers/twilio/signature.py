"""May this request be believed? Twilio's request signature (docs: usage/webhooks/webhooks-security).

base64(HMAC-SHA1(auth token, URL + every form name and value, sorted by name, without separators)). A body that is
no form is covered by `bodySHA256` in the query instead.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

from voicecall_sdk.carriers.carrier import Credentials, Proof
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import WebhookRequest

HEADER = "x-twilio-signature"


def verify(request: WebhookRequest, credentials: Credentials, urls: Sequence[str], now: float) -> Proof:
    """Believe the request or raise `Forged`.

    Every form of the URL is tried with and without its port: Twilio drops the port of an https URL before it signs,
    keeps that of an http one, and proxies change what arrives. The proof's key is the request's identity: URL,
    parameters and signature.
    """
    signature = request.headers.get(HEADER, "")
    if not signature:
        raise Forged("Missing X-Twilio-Signature header")
    params = form_of(request)
    for url in port_forms(urls):
        if hmac.compare_digest(signature.encode(), sign(url, params, credentials["authToken"]).encode()):
            if not _body_is_covered(request, url):
                break
            return Proof(key=_key(url, params, signature))
    shown = redacted(urls[0]) if urls else "(no public URL)"
    raise Forged(f"Invalid signature for URL: {shown}")


def sign(url: str, params: Sequence[tuple[str, str]], auth_token: str) -> str:
    """The signature of a request to `url` with these form parameters. A value given twice for a name counts once."""
    data = url + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.new(auth_token.encode(), data.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def form_of(request: WebhookRequest) -> list[tuple[str, str]]:
    """The form parameters of a request; none if its body is something else."""
    if request.method != "POST" or _is_not_form(request):
        return []
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)


def port_forms(urls: Sequence[str]) -> Iterator[str]:
    """Each URL as it is, without its port and with the default one, none twice."""
    seen: set[str] = set()
    for url in urls:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        default = 443 if parts.scheme in ("https", "wss") else 80
        for form in (url, *(urlunsplit(parts._replace(netloc=netloc)) for netloc in (host, f"{host}:{default}"))):
            if form not in seen:
                seen.add(form)
                yield form


def redacted(url: str) -> str:
    """The URL without credentials and without the values of its query."""
    parts = urlsplit(url)
    query = "&".join(f"{name}=…" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))


def _is_not_form(request: WebhookRequest) -> bool:
    kind = request.headers.get("content-type", "application/x-www-form-urlencoded")
    return not kind.lower().startswith("application/x-www-form-urlencoded")


def _body_is_covered(request: WebhookRequest, url: str) -> bool:
    if not request.body or not _is_not_form(request):
        return True
    expected = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[-1]
    return hmac.compare_digest(expected.lower(), hashlib.sha256(request.body).hexdigest())


def _key(url: str, params: Sequence[tuple[str, str]], signature: str) -> str:
    canonical = "&".join(f"{len(name)}:{name}={len(value)}:{value}" for name, value in sorted(params))
    return "twilio:req:" + hashlib.sha256(f"{url}\n{canonical}\n{signature}".encode()).hexdigest()
