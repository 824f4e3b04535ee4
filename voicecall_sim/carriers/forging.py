"""How cases are made whatever the carrier: a webhook in some legal form, and the ways to forge one.

`Forger` knows a carrier by its room alone: how it drafts, how it signs, and which headers the signature is in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from voicecall_sim.carriers.case import Case, Change, Desk, Draft, Expect, Make, Room, Shot, nothing, queried

Rewrite: TypeAlias = Callable[[str], str]

GIANT: Final = 8 * 1024 * 1024
"""Bytes of a body that no carrier would send: their webhooks have some kilobytes."""
MULTIPART: Final = b'--x\r\nContent-Disposition: form-data; name="CallStatus"\r\n\r\nin-progress\r\n--x--\r\n'
MULTIPART_KIND: Final = "multipart/form-data; boundary=x"
SLOW: Final = 4096
"""Bytes of the body of which half is sent."""


@dataclass(frozen=True, slots=True)
class Forger:
    """Makes the cases of one carrier."""

    room: Room

    def genuine(self, *changes: Change) -> Make:
        """A webhook with these changes, signed as it is."""
        return lambda desk: (self.room.signed(desk, self._draft(desk, changes)),)

    def tampered(self, *changes: Change) -> Make:
        """A webhook with these changes and the signature that it had before."""

        def make(desk: Desk) -> Sequence[Shot]:
            draft = self.room.draft(desk)
            sent = self.room.signed(desk, _changed(draft, changes))
            return (sent.with_headers_of(self.room.signed(desk, draft), self.room.headers),)

        return make

    def borrowed(self, *changes: Change) -> Make:
        """A webhook as it is, with the genuine signature of the changed one."""

        def make(desk: Desk) -> Sequence[Shot]:
            draft = self.room.draft(desk)
            other = self.room.signed(desk, _changed(draft, changes))
            return (self.room.signed(desk, draft).with_headers_of(other, self.room.headers),)

        return make

    def keyed(self, text: str) -> Make:
        """A webhook signed with the secret that is made of this text."""
        return lambda desk: (self._by_another(desk, text),)

    def without(self, *names: str) -> Make:
        """A webhook without these headers."""
        return self.reheaded(dict.fromkeys(names, ()))

    def reheaded(self, values: dict[str, tuple[str, ...]]) -> Make:
        """A webhook with these values of headers."""

        def make(desk: Desk) -> Sequence[Shot]:
            shot = self.plain(desk)
            for name, given in values.items():
                shot = shot.with_header(name, *given)
            return (shot,)

        return make

    def twice(self, *changes: Change) -> Make:
        """The same bytes two times."""
        return lambda desk: (self.room.signed(desk, self._draft(desk, changes)),) * 2

    def again(self, change: Change) -> Make:
        """A webhook, then the carrier's second attempt to deliver it."""

        def make(desk: Desk) -> Sequence[Shot]:
            draft = self.room.draft(desk)
            return self.room.signed(desk, draft), self.room.signed(desk, change(draft))

        return make

    def rewritten(self, rewrite: Rewrite) -> Make:
        """A webhook whose signature is written otherwise."""
        return lambda desk: (self._each(self.plain(desk), rewrite),)

    def requeried(self, signed_as: str, sent_as: str) -> Make:
        """A query that is another one on the wire than in the signature."""

        def make(desk: Desk) -> Sequence[Shot]:
            shot = self.room.signed(desk, self._draft(desk, [queried(signed_as)]))
            return (replace(shot, url=shot.url.replace(signed_as, sent_as)),)

        return make

    def embodied(self, body: bytes, kind: str) -> Make:
        """The genuine signature of a request without parameters, and a body that it does not cover."""

        def make(desk: Desk) -> Sequence[Shot]:
            shot = self.room.signed(desk, self._draft(desk, [nothing]))
            return (replace(shot, body=body).with_header("Content-Type", kind),)

        return make

    def plain(self, desk: Desk) -> Shot:
        """A webhook of the plainest form."""
        return self.room.signed(desk, self.room.draft(desk))

    def for_every_carrier(self) -> tuple[Case, ...]:
        """The cases that each carrier has."""
        return (*self._written(), *self._forged(), *self._burdens())

    # --- the tables ---------------------------------------------------------------------------------------------

    def _written(self) -> tuple[Case, ...]:
        ok = Expect.OK
        return (
            Case(
                name="header-names-lower-case",
                expect=ok,
                make=lambda desk: (_renamed(self.plain(desk), str.lower),),
                why="HTTP/2 front ends write all header names in lower case.",
                source="RFC 9110, section 5.1",
            ),
            Case(
                name="header-names-upper-case",
                expect=ok,
                make=lambda desk: (_renamed(self.plain(desk), str.upper),),
                why="Header names have no case: a lookup that minds it refuses what a proxy rewrote.",
                source="RFC 9110, section 5.1",
            ),
            Case(
                name="user-agent-of-tomorrow",
                expect=ok,
                make=self.reheaded({"User-Agent": ("Whatever/2.0",)}),
                why="The client's name is nothing that anybody promised, and it proves nothing.",
            ),
        )

    def _forged(self) -> tuple[Case, ...]:
        refused, main = Expect.REFUSED, self.room.headers[0]
        bogus = self.room.made_of("somebody else")

        def doubled(first: bool) -> Make:
            def make(desk: Desk) -> Sequence[Shot]:
                good, bad = self.plain(desk), self.room.signed(replace(desk, secret=bogus), self.room.draft(desk))
                pair = (bad.value(main), good.value(main)) if first else (good.value(main), bad.value(main))
                return (good.with_header(main, *pair),)

            return make

        return (
            Case(
                name="signature-missing",
                expect=refused,
                make=self.without(*self.room.headers),
                why="Anybody who finds the URL can then tell of calls, and order them.",
                source="timbal-ai/timbal#112: no library to verify with, so nothing was verified",
            ),
            Case(
                name="signature-empty",
                expect=refused,
                make=self.reheaded(dict.fromkeys(self._signatures(), ("",))),
                why="A check for the header's presence alone takes this, and so does a loop over an empty list.",
            ),
            Case(
                name="wrong-key",
                expect=refused,
                make=self.keyed("somebody else"),
                why="The plain forgery: well formed, and by somebody who has not the secret.",
            ),
            Case(
                name="key-of-nothing",
                expect=refused,
                make=self.keyed(""),
                why="A secret that is not configured reads as empty: then everybody has it.",
            ),
            Case(
                name="signature-truncated",
                expect=refused,
                make=self.rewritten(lambda value: value[:-4]),
                why="A comparison of as many characters as were given, or a decoder that does not mind.",
            ),
            Case(
                name="signature-of-one-character",
                expect=refused,
                make=self.rewritten(lambda value: value[:1]),
                why="A comparison that ends with the shorter text; sixty-four tries would do.",
            ),
            Case(
                name="signature-not-base64",
                expect=refused,
                make=self.rewritten(lambda _: "!! not base64 !!"),
                why="What cannot be decoded must be refused, and must not make the endpoint fall over.",
            ),
            Case(
                name="signature-not-ascii",
                expect=refused,
                make=self.rewritten(lambda _: "sïgnature of ½"),
                why="hmac.compare_digest raises TypeError for text that is not ASCII: an error 500 for whoever asks.",
                source="docs.python.org, hmac.compare_digest",
            ),
            Case(
                name="signature-in-the-other-case",
                expect=refused,
                make=self.rewritten(str.swapcase),
                why="Base64 has a case: a comparison without it throws most of the signature's strength away.",
            ),
            Case(
                name="signature-with-a-tail",
                expect=refused,
                make=self.rewritten(lambda value: value + "AAAA"),
                why="A comparison of the beginning alone.",
            ),
            Case(
                name="signature-in-the-query",
                expect=refused,
                make=self._in_query(),
                why="Parameters and headers mixed up: the signature is believed where its sender put it.",
            ),
            Case(
                name="signature-twice-good-last",
                expect=refused,
                elective=True,
                make=doubled(True),
                why="Carriers sign once. Two headers are one thing to a proxy, another to what stands behind it.",
            ),
            Case(
                name="signature-twice-good-first",
                expect=refused,
                elective=True,
                make=doubled(False),
                why="What checks the first header and what reads the last one must not be fooled by each other.",
            ),
        )

    def _burdens(self) -> tuple[Case, ...]:
        refused = Expect.REFUSED
        return (
            Case(
                name="giant-body",
                expect=refused,
                may_close=True,
                make=lambda desk: (self._heavy(desk, GIANT),),
                why="Eight megabytes of a stranger must not be kept, parsed and sorted: refused, or hung up on.",
            ),
            Case(
                name="slow-body",
                expect=refused,
                may_close=True,
                make=lambda desk: (replace(self._heavy(desk, SLOW), stalls=True),),
                why="Half a body and then nothing: who waits for ever runs out of connections.",
            ),
        )

    # --- inside -------------------------------------------------------------------------------------------------

    def _draft(self, desk: Desk, changes: Sequence[Change]) -> Draft:
        return _changed(self.room.draft(desk), changes)

    def _by_another(self, desk: Desk, text: str) -> Shot:
        return self.room.signed(replace(desk, secret=self.room.made_of(text)), self.room.draft(desk))

    def _signatures(self) -> Sequence[str]:
        """The headers that hold a signature, not what goes with it."""
        return [name for name in self.room.headers if not name.lower().endswith(("nonce", "timestamp"))]

    def _each(self, shot: Shot, rewrite: Rewrite) -> Shot:
        for name in self._signatures():
            if shot.has(name):
                shot = shot.with_header(name, rewrite(shot.value(name)))
        return shot

    def _in_query(self) -> Make:
        def make(desk: Desk) -> Sequence[Shot]:
            shot, name = self.plain(desk), self.room.headers[0]
            for each in self.room.headers:
                shot = shot.with_header(each)
            joint = "&" if "?" in shot.url else "?"
            return (replace(shot, url=f"{shot.url}{joint}{name}={self.plain(desk).value(name).replace('+', '%2B')}"),)

        return make

    def _heavy(self, desk: Desk, size: int) -> Shot:
        shot = self._by_another(desk, "somebody else")
        return replace(shot, body=shot.body + b"&Padding=" + b"x" * size)


def _changed(draft: Draft, changes: Sequence[Change]) -> Draft:
    for change in changes:
        draft = change(draft)
    return draft


def _renamed(shot: Shot, rename: Rewrite) -> Shot:
    return replace(shot, headers=tuple((rename(name), value) for name, value in shot.headers))
