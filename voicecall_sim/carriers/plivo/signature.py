"""What Plivo signs its requests with: V3 over URL, parameters and nonce, and the older V2 over the bare URL. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlsplit

Pairs: TypeAlias = Sequence[tuple[str, str]]

V3: Final = "X-Plivo-Signature-V3"
MAIN_V3: Final = "X-Plivo-Signature-Ma-V3"
NONCE_V3: Final = "X-Plivo-Signature-V3-Nonce"
V2: Final = "X-Plivo-Signature-V2"
MAIN_V2: Final = "X-Plivo-Signature-Ma-V2"
NONCE_V2: Final = "X-Plivo-Signature-V2-Nonce"
HEADERS: Final = (V3, MAIN_V3, NONCE_V3, V2, MAIN_V2, NONCE_V2)


def v3_base(method: str, url: str, params: Pairs = ()) -> str:
    """What V3 covers, without the nonce. A POST without a query has a bare `?` and no dot before its parameters."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}{parts.path}"
    own = parse_qsl(parts.query, keep_blank_values=True)
    if method.upper() == "GET":
        named = {name for name, _ in own}
        # the URL's own query wins over a parameter of the same name
        merged = [*own, *((name, value) for name, value in params if name not in named)]
        return base + ("?" + queried(merged) if merged else "")
    query = queried(own)
    if not params:
        return base + ("?" + query if query else "")
    return f"{base}?{query}{'.' if query else ''}{joined(params)}"


def queried(pairs: Pairs) -> str:
    """`k=v&k=v`, keys in byte order, the values of one key sorted; decoded."""
    return "&".join(f"{name}={value}" for name, value in in_order(pairs))


def joined(pairs: Pairs) -> str:
    """`kvkv`, likewise."""
    return "".join(f"{name}{value}" for name, value in in_order(pairs))


def in_order(pairs: Pairs) -> Iterable[tuple[str, str]]:
    """By the bytes of the key, then of the value."""
    return sorted(pairs, key=lambda pair: (pair[0].encode(), pair[1].encode()))


def sign_v3(token: str, method: str, url: str, nonce: str, params: Pairs = ()) -> str:
    """One V3 signature."""
    return digest(token, f"{v3_base(method, url, params)}.{nonce}")


def sign_v2(token: str, url: str, nonce: str) -> str:
    """One V2 signature: query and fragment do not count, nor does any parameter; nothing parts URL and nonce."""
    parts = urlsplit(url)
    return digest(token, f"{parts.scheme}://{parts.netloc}{parts.path}{nonce}")


def digest(token: str, text: str) -> str:
    """HMAC-SHA256 in base64."""
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha256).digest()).decode()


def webhook_headers(
    tokens: Sequence[str], method: str, url: str, nonce: str, params: Pairs, main: Sequence[str] | None = None
) -> dict[str, str]:
    """All signature headers of a webhook. While a token is being replaced there are two, and V3 lists a signature each.

    `tokens` are those of whoever made the call, `main` the main account's, if that is another. V2 has the first token's
    alone: no validator splits it.
    """

    def v3(with_: Sequence[str]) -> str:
        return ",".join(sign_v3(token, method, url, nonce, params) for token in with_)

    main = tokens if main is None else main
    v2, main_v2 = (sign_v2(some[0], url, nonce) for some in (tokens, main))
    return {V3: v3(tokens), MAIN_V3: v3(main), NONCE_V3: nonce, V2: v2, MAIN_V2: main_v2, NONCE_V2: nonce}


def stream_headers(
    tokens: Sequence[str], url: str, nonce: str, *, strict: bool, main: Sequence[str] | None = None
) -> dict[str, str]:
    """The signature headers of a stream's upgrade; unless `strict` they list every URL that a validator may go by."""
    urls = (url,) if strict else tuple(stream_urls(url))

    def v3(with_: Sequence[str]) -> str:
        return ",".join(sign_v3(token, "GET", one, nonce) for one in urls for token in with_)

    return {V3: v3(tokens), MAIN_V3: v3(tokens if main is None else main), NONCE_V3: nonce}


def stream_urls(url: str) -> Iterable[str]:
    """The forms of a stream's URL that the vendor's own sources verify, the configured one first."""
    address, mark, query = url.partition("?")
    _, _, rest = address.partition("://")
    yield url
    yield f"https://{rest}{mark}{query}"
    yield f"http://{rest}{mark}{query}"
    yield f"http://{rest}/websocket{mark}{query}"


def authentic(token: str, method: str, url: str, headers: Mapping[str, str], params: Pairs = ()) -> bool:
    """Whether V3 says so, as a receiver judges it: any of the signatures listed may fit."""
    wanted = sign_v3(token, method, url, headers.get(NONCE_V3, ""), params)
    return wanted in headers.get(V3, "").split(",")


FIDELITY: Final = (
    ("V3: a bare ? and no dot when a POST has no query", "plivo-python, signature_v3.py, run", "executed"),
    ("V3: url?sortedquery.params.nonce when it has one", "plivo-go and plivo-cli, official vector", "captured"),
    ("V3 of a GET covers the final URL, decoded and sorted", "plivo-python, plivo-node, run", "executed"),
    ("V2: scheme, host and path, then the nonce without separator", "plivo-python, utils, run", "executed"),
    (
        "V3 is by the token of the sub-account that made the call, Ma-V3 by the main account's; V2 likewise",
        "docs voice/concepts/signature-validation",
        "documented",
    ),
    ("V3 lists a signature for each active token", "docs voice/concepts/signature-validation", "documented"),
    ("V2 headers are still sent on voice webhooks", "SDK helpers exist; no capture", "assumed"),
    (
        "the upgrade of a stream lists signatures of wss, https, http and http with /websocket",
        "the vendor's own sources contradict each other",
        "assumed",
    ),
)
