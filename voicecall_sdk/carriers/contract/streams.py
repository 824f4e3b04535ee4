"""Rules about media streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from voicecall_sdk.carriers.carrier import Ability, Carrier
from voicecall_sdk.carriers.contract.samples import GARBAGE, TOKEN, Samples
from voicecall_sdk.carriers.wire import MediaMessage, Sound, Started, Stopped, Wire
from voicecall_sdk.errors import Unintelligible

FRAME: Final = bytes(range(160))


def offered(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """The ability, the setting and the wire go together."""
    able = Ability.STREAM in carrier.abilities
    if able != (carrier.wire is not None):
        yield f"ability {Ability.STREAM!s}: {able}, but wire: {carrier.wire is not None}"
    if able != carrier.settings.streams:
        yield f"ability {Ability.STREAM!s}: {able}, but settings.streams: {carrier.settings.streams}"
    if able and not samples.stream:
        yield "samples.stream is empty: without messages nothing can be said"


def spoken(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """A stream begins, sounds and ends; sound of any length is written; nonsense is unintelligible."""
    if carrier.wire is None:
        return
    read = carrier.wire.read
    messages = list[MediaMessage]()
    for text in samples.stream:
        message = read(text)
        if isinstance(message, Started) and carrier.wire.reader is not None:
            read = carrier.wire.reader(message)
        if message is not None:
            messages.append(message)
    yield from _course(messages)
    yield from _written(carrier.wire)
    yield from _nonsense(read)


def _course(messages: list[MediaMessage]) -> Iterator[str]:
    started = [message for message in messages if isinstance(message, Started)]
    if len(started) != 1 or messages[0] is not started[0]:
        yield f"samples.stream does not begin with one start: {messages[:3]}"
    elif started[0].token not in (TOKEN, None) or not started[0].provider_call_id:
        yield f"the start does not show the call, and the token {TOKEN} if any: {started[0]}"
    if not any(isinstance(message, Sound) and message.ulaw for message in messages):
        yield "samples.stream has no sound"
    if not messages or not isinstance(messages[-1], Stopped):
        yield "samples.stream does not end"


def _written(wire: Wire) -> Iterator[str]:
    write = wire.sound("stream-1")
    for length in (0, 1, 159, 160, 161, 4_000):
        if not isinstance(write((FRAME * 26)[:length]), str):
            yield f"{length} bytes of sound are written as no text"
    if write(FRAME) == write(FRAME[::-1]):
        yield "two sounds are written alike"
    if "mark-1" not in wire.mark("stream-1", "mark-1"):
        yield "a mark loses its name"
    if not wire.clear("stream-1"):
        yield "clear says nothing"


def _nonsense(read: Callable[[str], MediaMessage | None]) -> Iterator[str]:
    for body in GARBAGE:
        text = body.decode("latin-1")
        try:
            read(text)
        except Unintelligible:
            continue
        except Exception as error:  # noqa: BLE001  whatever it is, it is told as a breach
            yield f"{text[:20]!r}: raises {error!r}"
