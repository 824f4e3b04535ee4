"""Identifiers and secrets as Plivo makes them."""

from __future__ import annotations

import base64
from typing import Final

from voicecall_sim.world.chance import Chance

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def new_auth_id(chance: Chance) -> str:
    """A main account's: `MA` and 18 capital letters and digits."""
    return "MA" + "".join(chance("plivo.account").choices(LETTERS, k=18))


def new_sub_id(chance: Chance) -> str:
    """A sub-account's: `SA` and 18 capital letters and digits."""
    return "SA" + "".join(chance("plivo.subaccount").choices(LETTERS, k=18))


def new_auth_token(chance: Chance) -> str:
    """40 characters that look like base64 (they are, of hexadecimal digits)."""
    return base64.b64encode(chance.hex("plivo.token", 30).encode()).decode()


def new_uuid(chance: Chance, what: str) -> str:
    """The identifier of a call, a stream, a recording; `what` names the stream of chance."""
    return chance.uuid(f"plivo.{what}")


def new_nonce(chance: Chance) -> str:
    """About twenty decimal digits, new for each request."""
    return str(chance("plivo.nonce").randrange(10**19, 10**20))


def new_application_id(chance: Chance) -> str:
    """Seventeen decimal digits."""
    return str(chance("plivo.application").randrange(10**16, 10**17))


FIDELITY: Final = (
    (
        "an auth id has 20 characters and begins with MA, a sub-account's with SA",
        "plivo-python, rest/client.py",
        "executed",
    ),
    ("a token has 40 characters of base64", "plivo-go and plivo-cli, test vectors", "captured"),
    ("all identifiers are UUIDs of version 4", "plivo-stream-sdk-node validates UUIDs", "assumed"),
    ("a nonce has 20 decimal digits", "plivo-go, test vectors", "captured"),
)
