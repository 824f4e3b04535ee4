"""Cookies, kept and given back during one call as a browser would (Twilio docs, usage/webhooks/webhooks-security).

A jar of our own, since the usual ones read the wall clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, Morsel, SimpleCookie
from typing import Final

from yarl import URL

from voicecall_sim.world.clock import SECOND, Micros


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie: where it belongs, and until when."""

    value: str
    secure: bool
    until: Micros | None


class CookieJar:
    """The cookies of one call, by host, path and name."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str, str], Cookie] = {}

    def take(self, url: URL, headers: Iterable[str], now: Micros) -> None:
        """Keep what the `Set-Cookie` headers of an answer from this URL say; malformed ones are ignored."""
        for header in headers:
            for morsel in parsed(header):
                self._put(url, morsel, now)

    def header(self, url: URL, now: Micros) -> str:
        """The `Cookie` header for a request to this URL, empty if there is none."""
        return "; ".join(
            f"{name}={cookie.value}"
            for (host, path, name), cookie in self._cookies.items()
            if belongs(host, url.host or "")
            and covers(path, url.path)
            and (url.scheme == "https" or not cookie.secure)
            and (cookie.until is None or now < cookie.until)
        )

    def _put(self, url: URL, morsel: Morsel[str], now: Micros) -> None:
        domain = morsel["domain"].lstrip(".").lower()
        host = f".{domain}" if domain else url.host or ""
        if not belongs(host, url.host or ""):
            # a cookie for somebody else's domain (RFC 6265, 5.3, step 6)
            return
        path = morsel["path"] if morsel["path"].startswith("/") else default_path(url.path)
        age = morsel["max-age"]
        until = now + int(age) * SECOND if age.lstrip("-").isdecimal() else None
        self._cookies[host, path, morsel.key] = Cookie(morsel.coded_value, bool(morsel["secure"]), until)


def parsed(header: str) -> Iterable[Morsel[str]]:
    """The cookies of one header."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(header)
    except CookieError:
        return ()
    return cookies.values()


def belongs(host: str, requested: str) -> bool:
    """Whether a cookie of this host (`.example.com`: and all below) goes to the requested one (RFC 6265, 5.1.3)."""
    return requested == host or (host.startswith(".") and (requested == host[1:] or requested.endswith(host)))


def covers(path: str, requested: str) -> bool:
    """Whether a cookie of this path goes with the requested one (RFC 6265, 5.1.4)."""
    return requested == path or (requested.startswith(path) and (path.endswith("/") or requested[len(path)] == "/"))


def default_path(path: str) -> str:
    """The path of a cookie that names none (RFC 6265, 5.1.4)."""
    return path.rpartition("/")[0] or "/"


FIDELITY: Final = (("cookies are kept and returned during a call", "webhooks-security", "documented"),)
