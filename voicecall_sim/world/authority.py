"""The certificate authority that TLS clients of a world trust. Made once a session, when first asked for."""

from __future__ import annotations

import atexit
import functools
import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import trustme

CERT_FILE: Final = "SSL_CERT_FILE"
"""The environment variable by which OpenSSL, httpx and their kin find the authorities to trust."""


class Authority:
    """Issues certificates for any name."""

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name="voicecall_sim")
        self._contexts: dict[str, ssl.SSLContext] = {}

    @functools.cached_property
    def file(self) -> Path:
        """Its certificate, in a file that lasts as long as the process."""
        handle, name = tempfile.mkstemp(prefix="voicecall-sim-ca-", suffix=".pem")
        path = Path(name)
        os.write(handle, self._ca.cert_pem.bytes())
        os.close(handle)
        atexit.register(path.unlink, missing_ok=True)
        return path

    def server_context(self, name: str) -> ssl.SSLContext:
        """A context that proves to be `name`, or whatever other name the client asks for."""
        context = self._contexts.get(name)
        if context is None:
            context = self._contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._ca.issue_cert(name).configure_cert(context)
            context.sni_callback = self._asked_for
        return context

    def _asked_for(self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name is not None:
            connection.context = self.server_context(name)

    def client_context(self) -> ssl.SSLContext:
        """A context that trusts this authority alone."""
        context = ssl.create_default_context(cafile=str(self.file))
        context.verify_mode = ssl.CERT_REQUIRED
        return context


@functools.cache
def authority() -> Authority:
    """The session's authority."""
    return Authority()


def trust_the_world() -> None:
    """Make TLS clients that this process creates from now on trust the world's certificates.

    To be called before the system under test is imported: clients that exist already have read what they trust.
    """
    os.environ[CERT_FILE] = str(authority().file)


@contextmanager
def trusted() -> Iterator[None]:
    """`trust_the_world` for a while."""
    before = os.environ.get(CERT_FILE)
    trust_the_world()
    try:
        yield
    finally:
        if before is None:
            del os.environ[CERT_FILE]
        else:
            os.environ[CERT_FILE] = before
