"""What ngrok says itself: the page of warning before free endpoints, and its error pages."""

from __future__ import annotations

from typing import Final

from voicecall_sim.tunnels.edge import Visit
from voicecall_sim.tunnels.heads import Answer, Head

SKIP: Final = "ngrok-skip-browser-warning"
COOKIE: Final = "abuse_interstitial"
BROWSER: Final = "Mozilla/"
"""How the User-Agent of every browser begins, and that of no carrier."""


def warned(request: Head, visit: Visit) -> bool:
    """Whether a visitor gets the page of warning: a browser's GET, unless it says that it knows."""
    if request.method not in ("GET", "HEAD") or not (request.get("User-Agent") or "").startswith(BROWSER):
        return False
    if request.get("Upgrade") is not None or request.get(SKIP) is not None:
        return False
    return not any(f"{COOKIE}={visit.name}" in cookie.replace(" ", "").split(";") for cookie in request.all("Cookie"))


def interstitial(visit: Visit) -> Answer:
    """The page of warning. Its status is 200, so a client that looks at the status alone takes it for the answer."""
    return _page(200, 6024, f"You are about to visit {visit.name}. This website is served for free through ngrok.com.")


def offline(visit: Visit) -> Answer:
    """Nobody is connected under this name."""
    return _page(404, 3200, f"The endpoint {visit.name} is offline.")


def no_upstream(upstream: str) -> Answer:
    """The agent is there, and what it forwards to is not."""
    return _page(
        502,
        8012,
        "Traffic was successfully tunneled to the ngrok agent, but the agent failed to establish a connection to the "
        f"upstream web service at {upstream}. The error encountered was: dial tcp: connect: connection refused",
    )


def gateway_error() -> Answer:
    """What the upstream said is no answer."""
    return _page(502, 3004, "ngrok gateway error. The server returned an invalid or incomplete HTTP response.")


def _page(status: int, code: int, message: str) -> Answer:
    body = (
        '<!DOCTYPE html>\n<html class="h-full" lang="en-US" dir="ltr">\n<head><meta charset="utf-8"></head>\n'
        f"<body><noscript>{message} (ERR_NGROK_{code})</noscript></body>\n</html>\n"
    )
    fields = (("Content-Type", "text/html"), ("Ngrok-Error-Code", f"ERR_NGROK_{code}"))
    return Answer(status, body, fields)


FIDELITY: Final = (
    ("a browser's GET of a free endpoint gets a page of 200 with ERR_NGROK_6024; a POST does not",
     "ngrok.com/abuse; observed by several projects (GET intercepted, POST passed)", "captured"),
    ("ngrok-skip-browser-warning with any value, or the cookie abuse_interstitial, passes it", "ngrok.com/abuse",
     "documented"),
    ("a visitor is a browser when his User-Agent begins with Mozilla/", "observed with curl -A", "captured"),
    ("an upgrade is never warned", "no source", "assumed"),
    ("404 with ERR_NGROK_3200 where no agent is", "ngrok docs, errors/err_ngrok_3200; observed status", "captured"),
    ("502 with ERR_NGROK_8012 where the agent finds no upstream",
     "ngrok docs, errors/err_ngrok_8012; observed status", "captured"),
    ("502 with ERR_NGROK_3004 where the upstream hangs up without an answer", "ngrok docs, errors/err_ngrok_3004",
     "documented"),
)  # fmt: skip
