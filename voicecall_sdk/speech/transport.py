"""Connections that the services of speech share: one TLS context for all, one HTTP client a process."""

from __future__ import annotations

import os
import ssl
from functools import cache
from typing import Final

import httpx

KEEP_ALIVE: Final = 60.0
"""Seconds that an idle connection is kept: a caller's turn later it saves a handshake."""

LIMITS: Final = httpx.Limits(max_connections=500, max_keepalive_connections=50, keepalive_expiry=KEEP_ALIVE)


def tls() -> ssl.SSLContext:
    """Who is trusted. Reading it takes up to 100 ms, so it is done once."""
    return _tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _tls(file: str | None, directory: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()


def http_client() -> httpx.AsyncClient:
    """A client without time limits of its own: `voices` keeps them. Follows no redirects, which would take the key."""
    return httpx.AsyncClient(verify=tls(), timeout=None, limits=LIMITS, follow_redirects=False)
