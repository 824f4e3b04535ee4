"""Telnyx's identifiers, drawn from the world's chance (forms: observed traffic)."""

from __future__ import annotations

import base64
import string
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from voicecall_sim.world.chance import Chance

_GREGORIAN: Final = datetime(1582, 10, 15, tzinfo=UTC)
"""Where the time in a version 1 UUID begins (RFC 9562, section 5.1)."""
_NODE: Final = 0x02420A << 24
"""The network cards of the machines seen: containers at 10.x.x.x."""


def call_control_id(chance: Chance) -> str:
    """`v3:` and 54 characters of unpadded base64url: 40 bytes."""
    return "v3:" + base64.urlsafe_b64encode(chance("telnyx.call control id").randbytes(40)).decode().rstrip("=")


def time_uuid(chance: Chance, wall: datetime) -> str:
    """A version 1 UUID of that instant, as calls' legs and sessions have."""
    random = chance("telnyx.time uuid")
    ticks = (wall - _GREGORIAN) // timedelta(microseconds=1) * 10 + random.randrange(10)
    fields = (ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF | 0x1000, 0x80 | random.getrandbits(6))
    node = _NODE | random.getrandbits(24)
    return str(uuid.UUID(fields=(*fields, random.getrandbits(8), node)))


def new_uuid(chance: Chance, kind: str) -> str:
    """A version 4 UUID; each kind has its own stream of chance."""
    return chance.uuid(f"telnyx.uuid.{kind}")


def snowflake(chance: Chance, kind: str) -> str:
    """A decimal text of 19 digits, as applications have."""
    return str(chance(f"telnyx.snowflake.{kind}").randrange(2 * 10**18, 3 * 10**18))


def speak_id(chance: Chance) -> str:
    """Ten letters and digits."""
    return "".join(chance("telnyx.speak id").choices(string.ascii_letters + string.digits, k=10))


def api_key(chance: Chance) -> str:
    """A v2 API key: `KEY`, hexadecimal digits, `_` and letters and digits."""
    tail = "".join(chance("telnyx.secret.key tail").choices(string.ascii_letters + string.digits, k=22))
    return f"KEY{chance.hex('telnyx.secret.key', 32).upper()}_{tail}"


FIDELITY: Final = (
    ("call_control_id is v3: and 54 base64url characters", "observed traffic", "captured"),
    ("legs and sessions are version 1 UUIDs, the leg minted after the session", "observed traffic", "captured"),
    ("a speak_id is ten letters and digits", "observed traffic", "captured"),
    ("API keys look like KEY, hexadecimal digits, _ and random", "developers.telnyx.com, API keys", "documented"),
)
