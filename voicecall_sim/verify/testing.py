"""The battery in tests: for an application in this process, in virtual time, and for a URL, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from voicecall_sim.verify.hosting import hosted, perform_in_a_world
from voicecall_sim.verify.judging import Expectations, expectations
from voicecall_sim.verify.performing import Order, Result, Told, perform, real_surroundings
from voicecall_sim.verify.secrets import NoSecret, secret_of
from voicecall_sim.verify.sending import PATIENCE, Endpoint, new_session, over_aiohttp, over_httpx
from voicecall_sim.verify.table import explained, good

if TYPE_CHECKING:
    import httpx

PUBLIC_URL: Final = "https://voice.example.com/voice/webhook"
"""What an application in this process takes for its own unless told otherwise."""


class SignaturesWrong(AssertionError):
    """An endpoint does not answer as it should; the message has each failure and why it matters."""

    def __init__(self, results: Sequence[Result]) -> None:
        super().__init__("signatures are not verified as they should be\n\n" + explained(results))
        self.results = results


def verify_signatures(
    app_or_url: object,
    *,
    carrier: str,
    auth_token: str | None = None,
    private_key: str | None = None,
    public_url: str | None = None,
    path_prefix: str = "",
    expect: str = "",
    only: Iterable[str] = (),
    patience: float = PATIENCE,
    client: httpx.AsyncClient | None = None,
    seed: int = 0,
) -> Sequence[Result]:
    """Send a carrier's whole battery to an endpoint, and return what came of it, case by case.

    `app_or_url` is an ASGI application, an aiohttp `web.Application` or `SdkApp(config)` (served in a virtual world),
    or a URL (asked in real time; `client` may be an httpx client to send with). `auth_token` or `private_key` (the
    seed of an Ed25519 pair in base64) is the secret that the endpoint is configured for, `public_url` the URL that is
    configured at the carrier; `path_prefix` is what a proxy takes off its path. `expect` as
    `ok=200-299,refused=401|403`, `only` words of the names of cases, `patience` in seconds.

    The endpoint sees the end of calls that it does not know. Raises `SignaturesWrong` if it does not answer as it
    should, `ValueError` for a carrier, secret or expectation that is none, `Unreachable` if there is nothing at a URL,
    `RuntimeError` inside of a coroutine.
    """
    _not_in_a_coroutine()
    given = {"auth-token": [auth_token] * bool(auth_token), "private-key": [private_key] * bool(private_key)}
    try:
        secret = secret_of(carrier, {name: [each for each in values if each] for name, values in given.items()}, {})
    except KeyError:
        raise NoSecret(f"there is no carrier {carrier!r}") from None
    wanted = expectations(expect)
    if isinstance(app_or_url, str):
        endpoint = endpoint_at(app_or_url, public_url, path_prefix)
        order = Order(carrier=carrier, secret=secret, public=endpoint.public, words=tuple(only))
        results = asyncio.run(verify_endpoint(endpoint, [order], wanted, patience, client=client))
    else:
        inside = endpoint_inside(public_url, path_prefix)
        order = Order(carrier=carrier, secret=secret, public=inside.public, words=tuple(only))
        path = urlsplit(inside.address).path
        results = perform_in_a_world(hosted(app_or_url), [order], path, wanted, patience, seed=seed)
    if not good(results):
        raise SignaturesWrong(results)
    return results


def _not_in_a_coroutine() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("verify_signatures runs a loop of its own: call it from a plain function, not from a coroutine")


async def verify_endpoint(
    endpoint: Endpoint,
    orders: Sequence[Order],
    wanted: Expectations,
    patience: float = PATIENCE,
    *,
    client: httpx.AsyncClient | None = None,
    seed: int | None = None,
    told: Told = lambda result: None,
) -> Sequence[Result]:
    """The batteries of several carriers against a URL, in real time. Without a seed each run has other identifiers.

    Raises `Unreachable`.
    """
    surroundings = real_surroundings(seed)
    results: list[Result] = []
    async with new_session() as session:
        send = over_aiohttp(session, endpoint, patience) if client is None else over_httpx(client, endpoint, patience)
        for order in orders:
            results += await perform(order, send, surroundings, wanted, told)
    return results


def endpoint_inside(public_url: str | None, path_prefix: str) -> Endpoint:
    """An application in this process, at the path of its public URL. Raises `ValueError` for what is no HTTP URL."""
    return endpoint_at(public_url or PUBLIC_URL, None, path_prefix)


def endpoint_at(url: str, public_url: str | None, path_prefix: str) -> Endpoint:
    """An endpoint at a URL. Raises `ValueError` for what is no HTTP address."""
    for each in (url, public_url or url):
        if urlsplit(each).scheme not in ("http", "https") or not urlsplit(each).hostname:
            raise ValueError(f"{each!r} is not an HTTP address such as https://voice.example.com/voice/webhook")
    parts = urlsplit(public_url or url)
    prefixed = path_prefix.rstrip("/") + parts.path
    return Endpoint(address=url, public=urlunsplit(parts._replace(path=prefixed, fragment="")))
