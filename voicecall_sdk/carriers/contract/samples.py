"""What only a carrier's author knows: a few of its messages. And what all carriers are tried with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from voicecall_sdk.carriers.carrier import Ability, CallView, Carrier, Credentials
from voicecall_sdk.commands import (
    Answer,
    AskStatus,
    Command,
    Connect,
    Dial,
    FallSilent,
    HangUp,
    Hold,
    Listen,
    Press,
    Prompt,
    Reject,
    Say,
    StopListening,
)
from voicecall_sdk.messages import RestReply, WebhookRequest
from voicecall_sdk.values import CallId, Direction, ProviderCallId, State, Turn

WEBHOOK_URL: Final = "https://voice.example.com/voice/webhook"
STREAM_URL: Final = "wss://voice.example.com/voice/stream"
TOKEN: Final = Turn("tk-3f9a")
TEXT: Final = 'Is 3 < 5 & "5" > 3? Ça va, it\'s ✓.'
"""What is to be said in the trials: every character that some document or query gives a meaning."""

DIALLED: Final = "+15550005678"


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    """A webhook that the carrier signed: `request`, the URLs it may have been sent to, likeliest first, and the Unix
    time in seconds at which it arrives. `covers` says what its signature proves: `body`, `url`, or both.
    """

    request: WebhookRequest
    urls: Sequence[str] = (WEBHOOK_URL,)
    now: float = 0.0
    covers: frozenset[str] = frozenset({"body", "url"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The carrier's own messages.

    - `block`: its block of the configuration, with the account that `genuine` is signed for; `another`: the same of
      another account.
    - `genuine`: signed webhooks, of every sort that there is. None only for a carrier without signatures.
    - `placed` and `refused`: answers to an order to dial; `gone`: that to a hang-up of a call that is over.
    - `stream`: the text messages of a media stream, from its start to its end, if the carrier has them; the start
      shows `TOKEN` as the token.
    """

    block: Mapping[str, object]
    another: Mapping[str, object]
    genuine: Sequence[Genuine] = ()
    placed: RestReply | None = None
    refused: RestReply | None = None
    gone: RestReply | None = None
    stream: Sequence[str] = field(default=())


def credentials_of(carrier: Carrier, block: Mapping[str, object]) -> Credentials:
    """The credentials that a block of the configuration amounts to."""
    return carrier.settings.model_validate(dict(block), context={"env": {}}).credentials()


def view_of(carrier: Carrier, state: State = State.ACTIVE, direction: Direction = Direction.OUTBOUND) -> CallView:
    """A call, as a carrier sees it."""
    return CallView(
        call_id=CallId("c0ffee00-0000-4000-8000-000000000001"),
        provider_call_id=ProviderCallId("provider-call-1"),
        direction=direction,
        webhook_url=WEBHOOK_URL,
        voice=carrier.voice_of(None),
        language="en-US",
        state=state,
        step="step-1",
        stream_url=STREAM_URL,
    )


def views_of(carrier: Carrier) -> Iterator[CallView]:
    """A call in each living state, both ways, with the carrier's name for it and without."""
    for state in (state for state in State if not state.terminal):
        for direction in Direction:
            view = view_of(carrier, state, direction)
            yield view
            yield replace(view, provider_call_id=None)


DIAL: Final = Dial(to=DIALLED, from_="+15550001234", ring_timeout=30.0, max_duration=300.0)
SAY: Final = Say(TEXT, TOKEN)
PROMPT: Final = Prompt(TEXT, TOKEN)
CONNECT: Final = Connect(TOKEN)

COMMANDS: Final[Sequence[tuple[Command, Ability | None]]] = (
    (DIAL, None),
    (replace(DIAL, message=TEXT, hangup_delay=3.0), Ability.MESSAGE_IN_DIAL),
    (replace(DIAL, digits="1wW#*2"), Ability.PRESS_ON_ANSWER),
    (Answer(), None),
    (Reject(), None),
    (Reject(busy=True), None),
    (SAY, None),
    (PROMPT, None),
    (Listen(TOKEN), None),
    (Press("1w2,3#"), Ability.PRESS),
    (Hold(), None),
    (StopListening(), None),
    (CONNECT, Ability.STREAM),
    (FallSilent(), Ability.STREAM),
    (HangUp(), None),
    (AskStatus(), None),
)
"""Every command, and the ability without which nobody gives it."""


def commands_for(carrier: Carrier) -> Iterator[Command]:
    """The commands that this carrier may be given."""
    return (command for command, needed in COMMANDS if needed is None or needed in carrier.abilities)


GARBAGE: Final[Sequence[bytes]] = (
    b"",
    b"\x00",
    b"\xff\xfe\x80",
    b"&&&===",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b'{"data": null}',
    b'{"data": []}',
    b'{"data": {"payload": 7, "event_type": {}}}',
    b"[" * 50_000,
    b"a=" * 20_000,
    "é=ü&ø=%zz".encode("latin-1"),
)
"""Bodies that mean nothing."""
