"""Webhook endpoints to be verified: a careful one for each carrier, and what careless people make of it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from multidict import CIMultiDict

PUBLIC = "https://voice.example.com/voice/webhook"
TOKEN = "0123456789abcdef0123456789abcdef"
SEED = base64.b64encode(bytes(range(32))).decode()
KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
SECRETS = {"twilio": {"auth_token": TOKEN}, "telnyx": {"private_key": SEED}, "plivo": {"auth_token": TOKEN}}
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Seen:
    """A request as the endpoint sees it, under the URL that it takes for its own."""

    method: str
    url: str
    headers: CIMultiDict[str]
    body: bytes

    @property
    def is_form(self) -> bool:
        return self.headers.get("Content-Type", FORM).startswith(FORM)

    @property
    def params(self) -> list[tuple[str, str]]:
        if self.method == "GET" or not self.is_form:
            return []
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)


Check = Callable[[Seen], bool]


def application(check: Check, *, most: int = 65536, patience: float | None = 5.0) -> web.Application:
    """An application that takes what the check lets through."""

    async def handle(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(patience):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408)
        seen = Seen(request.method, "https://voice.example.com" + request.raw_path, CIMultiDict(request.headers), body)
        seen = replace(seen, url=seen.url.replace("https://voice.example.com", f"https://{request.headers['Host']}"))
        return web.Response(text="taken") if check(seen) else web.Response(status=403)

    app = web.Application(client_max_size=most)
    app.router.add_route("*", "/voice/webhook", handle)
    return app


# --- careful ones -----------------------------------------------------------------------------------------------


def twilio(seen: Seen) -> bool:
    url = without_port(seen.url)
    if seen.body and not seen.is_form:
        hashed = dict(parse_qsl(urlsplit(url).query)).get("bodySHA256")
        if hashed != hashlib.sha256(seen.body).hexdigest():
            return False
    written = "".join(name + value for name, value in sorted(set(seen.params)))
    return same(hmac_of(url + written, "sha1"), seen.headers.get("X-Twilio-Signature", ""))


def telnyx(seen: Seen) -> bool:
    stamps = seen.headers.getall("telnyx-timestamp", [])
    if len(stamps) != 1 or not stamps[0].isdecimal() or abs(time.time() - int(stamps[0])) > 300:
        return False
    return fits(seen, stamps[0], seen.body)


def plivo(seen: Seen) -> bool:
    given, nonce = seen.headers.get("X-Plivo-Signature-V3", ""), seen.headers.get("X-Plivo-Signature-V3-Nonce", "")
    if not nonce or (seen.body and not seen.is_form):
        return False
    expected = hmac_of(f"{plivo_base(seen)}.{nonce}", "sha256")
    return any(same(expected, each.strip()) for each in given.split(","))


def plivo_base(seen: Seen) -> str:
    parts = urlsplit(seen.url)
    query = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(parts.query, keep_blank_values=True)))
    address = f"https://{parts.netloc}{parts.path}"
    if not seen.params:
        return f"{address}?{query}" if query else address
    return f"{address}?{query}{'.' if query else ''}" + "".join(n + v for n, v in sorted(seen.params))


CAREFUL: dict[str, Check] = {"twilio": twilio, "telnyx": telnyx, "plivo": plivo}


def without_port(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.hostname or "").geturl() if parts.port else url


def hmac_of(text: str, digest: str, key: str = TOKEN) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), digest)).decode()


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogateescape"))


def fits(seen: Seen, stamp: str, body: bytes) -> bool:
    try:
        raw = base64.b64decode(seen.headers.get("telnyx-signature-ed25519", "").encode(), validate=True)
        Ed25519PublicKey.from_public_bytes(base64.b64decode(KEY)).verify(raw, f"{stamp}|".encode() + body)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- careless ones ----------------------------------------------------------------------------------------------


def believes_anybody(seen: Seen) -> bool:
    return True


def looks_for_the_header(seen: Seen) -> bool:
    return any("signature" in name.lower() for name in seen.headers)


def signs_the_port(seen: Seen) -> bool:
    written = "".join(name + value for name, value in sorted(set(seen.params)))
    return same(hmac_of(seen.url + written, "sha1"), seen.headers.get("X-Twilio-Signature", ""))


def takes_any_json(seen: Seen) -> bool:
    """Parameters are empty for the check, and full for the reader."""
    return twilio(replace(seen, body=b"")) if not seen.is_form else twilio(seen)


def sorts_the_query(seen: Seen) -> bool:
    parts = urlsplit(seen.url)
    return twilio(replace(seen, url=parts._replace(query="&".join(sorted(parts.query.split("&")))).geturl()))


def drops_empty_parameters(seen: Seen) -> bool:
    kept = [pair for pair in seen.body.split(b"&") if not pair.endswith(b"=")]
    return twilio(replace(seen, body=b"&".join(kept)))


def trims(seen: Seen) -> bool:
    kept = [pair.strip(b"+") for pair in seen.body.replace(b"=+", b"=").split(b"&")]
    return twilio(replace(seen, body=b"&".join(kept)))


def sorts_without_case(seen: Seen) -> bool:
    written = "".join(name + value for name, value in sorted(set(seen.params), key=lambda pair: pair[0].lower()))
    return same(hmac_of(without_port(seen.url) + written, "sha1"), seen.headers.get("X-Twilio-Signature", ""))


def compares_as_much_as_came(seen: Seen) -> bool:
    written = "".join(name + value for name, value in sorted(set(seen.params)))
    expected, given = hmac_of(without_port(seen.url) + written, "sha1"), seen.headers.get("X-Twilio-Signature", "")
    return bool(given) and expected.startswith(given) and (not seen.body or seen.is_form)


def compares_without_case(seen: Seen) -> bool:
    written = "".join(name + value for name, value in sorted(set(seen.params)))
    expected, given = hmac_of(without_port(seen.url) + written, "sha1"), seen.headers.get("X-Twilio-Signature", "")
    return expected.lower() == given.lower() and (not seen.body or seen.is_form)


def falls_over_what_is_not_ascii(seen: Seen) -> bool:
    hmac.compare_digest("expected", seen.headers.get("X-Twilio-Signature", ""))
    return twilio(seen)


def has_no_token(seen: Seen) -> bool:
    """Right with the token, and with none: the variable was not set in one of two places."""
    written = "".join(name + value for name, value in sorted(set(seen.params)))
    empty = hmac_of(without_port(seen.url) + written, "sha1", key="")
    return twilio(seen) or same(empty, seen.headers.get("X-Twilio-Signature", ""))


def believes_old_ones(seen: Seen) -> bool:
    return fits(seen, seen.headers.get("telnyx-timestamp", ""), seen.body)


def believes_the_future(seen: Seen) -> bool:
    stamp = seen.headers.get("telnyx-timestamp", "")
    old = not stamp.isdecimal() or int(stamp) < time.time() - 300
    return not old and fits(seen, stamp, seen.body)


def reads_floats(seen: Seen) -> bool:
    stamp = seen.headers.get("telnyx-timestamp", "")
    try:
        late = abs(time.time() - float(stamp)) > 300
    except ValueError:
        return False
    return not late and fits(seen, stamp, seen.body)


def writes_json_again(seen: Seen) -> bool:
    if not telnyx(replace(seen, headers=seen.headers)) and not seen.headers.get("telnyx-timestamp", "").isdecimal():
        return False
    again: Any = json.dumps(json.loads(seen.body), separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return telnyx(replace(seen, body=again.encode()))


def takes_a_dot(seen: Seen) -> bool:
    stamp = seen.headers.get("telnyx-timestamp", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > 300:
        return False
    return telnyx(seen) or telnyx_over(seen, f"{stamp}.".encode() + seen.body)


def telnyx_over(seen: Seen, message: bytes) -> bool:
    head, _, rest = message.partition(b".")
    try:
        raw = base64.b64decode(seen.headers.get("telnyx-signature-ed25519", "").encode(), validate=True)
        Ed25519PublicKey.from_public_bytes(base64.b64decode(KEY)).verify(raw, head + b"." + rest)
    except (InvalidSignature, ValueError):
        return False
    return True


def checks_one_timestamp_and_signs_the_other(seen: Seen) -> bool:
    stamps = seen.headers.getall("telnyx-timestamp", [""])
    fresh = stamps[0].isdecimal() and abs(time.time() - int(stamps[0])) <= 300
    return fresh and fits(seen, stamps[-1], seen.body)


def wants_one_signature(seen: Seen) -> bool:
    """Knows no lists: the day on which the token is replaced every call is refused."""
    return "," not in seen.headers.get("X-Plivo-Signature-V3", "") and plivo(seen)


def looks_for_a_part(seen: Seen) -> bool:
    given, nonce = seen.headers.get("X-Plivo-Signature-V3", ""), seen.headers.get("X-Plivo-Signature-V3-Nonce", "")
    form = not seen.body or seen.is_form
    return bool(nonce) and form and hmac_of(f"{plivo_base(seen)}.{nonce}", "sha256") in given


def falls_back_to_v2(seen: Seen) -> bool:
    nonce = seen.headers.get("X-Plivo-Signature-V2-Nonce", "")
    address = seen.url.partition("?")[0]
    old = bool(nonce) and same(hmac_of(address + nonce, "sha256"), seen.headers.get("X-Plivo-Signature-V2", ""))
    return plivo(seen) or old


def writes_a_dot_always(seen: Seen) -> bool:
    given, nonce = seen.headers.get("X-Plivo-Signature-V3", ""), seen.headers.get("X-Plivo-Signature-V3-Nonce", "")
    base = plivo_base(seen)
    if "?" in base and "=" not in base.partition("?")[2].partition(".")[0]:
        base = base.replace("?", ".", 1)
    expected = hmac_of(f"{base}.{nonce}", "sha256")
    form = not seen.body or seen.is_form
    return bool(nonce) and form and any(same(expected, each.strip()) for each in given.split(","))
