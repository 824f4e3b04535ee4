"""Chance with one seed and many named streams, so that one more draw in one place does not shift another."""

from __future__ import annotations

import hashlib
import random
import uuid


class Chance:
    """The only source of randomness in a world.

    `chance("twilio.ids")` is always the same `random.Random` for that name; its draws depend on the seed and the name
    alone.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._streams: dict[str, random.Random] = {}

    def __call__(self, name: str) -> random.Random:
        """The stream of that name."""
        stream = self._streams.get(name)
        if stream is None:
            digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
            stream = self._streams[name] = random.Random(int.from_bytes(digest[:16], "big"))
        return stream

    def hex(self, name: str, digits: int) -> str:
        """That many lower-case hexadecimal digits."""
        return f"{self(name).getrandbits(4 * digits):0{digits}x}"

    def uuid(self, name: str) -> str:
        """A version 4 UUID in its usual text form."""
        return str(uuid.UUID(int=self(name).getrandbits(128), version=4))
