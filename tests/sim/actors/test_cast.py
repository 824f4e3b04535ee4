from __future__ import annotations

from typing import Any

import pytest

from voicecall_sim.actors import options
from voicecall_sim.actors.cast import KINDS, cast, manner
from voicecall_sim.actors.character import Character
from voicecall_sim.actors.ivr import Ivr, Menu
from voicecall_sim.actors.options import BadOption
from voicecall_sim.telephony.network import PhoneNetwork

from .stage import ANNA

NEEDED = {"ivr": {"menu": {"says": "Hello."}}}


def somebody(**about: Any) -> Character:
    return Character(**({"name": "anna", "phone": ANNA} | about))


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_can_be_cast(network: PhoneNetwork, kind: str) -> None:
    person = cast(somebody(kind=kind, options=NEEDED.get(kind, {}), line={"echo": "-20dB"}), network)
    assert network.assigned(ANNA)
    assert person.character.line == {"echo": "-20dB"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_of_a_kind_is_taken(kind: str) -> None:
    samples = {
        options.words: "Hello.",
        options.duration: "2s",
        options.flag: "no",
        options.count: "2",
        options.flag_or_matcher: "yes",
    }
    for key, reader in KINDS[kind].readers.items():
        written = dict(NEEDED.get(kind, {}))
        written.setdefault(key, samples.get(reader))
        assert hasattr(manner(kind, written), key.replace(" ", "_"))


def test_options_are_typed() -> None:
    made = manner("ivr", {"menu": {"says": "Hello."}, "timeout": "800ms", "rounds": "2"})
    assert made == Ivr(menu=Menu(says="Hello."), timeout=800_000, rounds=2)


@pytest.mark.parametrize("phone", ["anonymous", "unknown", "1234", "+0123", "+1555000123456789", ""])
async def test_a_number_that_is_none_cannot_be_called(network: PhoneNetwork, phone: str) -> None:
    cast(somebody(phone=phone), network)
    assert not network.assigned(phone)


async def test_two_cannot_share_a_number(network: PhoneNetwork) -> None:
    cast(somebody(), network)
    with pytest.raises(ValueError, match="belongs to anna already"):
        cast(somebody(name="eve"), network)


@pytest.mark.parametrize(("after", "span"), [("20s", 20_000_000), (300_000, 300_000), ("1.5m", 90_000_000)])
async def test_any_kind_may_answer_after_a_while(network: PhoneNetwork, after: Any, span: int) -> None:
    assert cast(somebody(kind="voicemail", options={"after": after}), network).character.answer_after == span


@pytest.mark.parametrize(
    ("kind", "written", "path", "complaint"),
    [
        ("robot", {}, "kind", "'robot' is nobody we know; known: human, voicemail, ivr"),
        ("ivr", {}, "menu", "ivr cannot do without `menu`"),
        ("voicemail", {"greting": "Hi"}, "greting", "no such option; did you mean `greeting`?"),
        ("fax", {"greeting": "Hi"}, "greeting", "no such option; known here: patience"),
        ("voicemail", {"greeting": 7}, "greeting", "7 cannot be spoken"),
        ("voicemail", {"greeting": " "}, "greeting", "cannot be spoken"),
        ("voicemail", {"length": "60"}, "length", "'60' is not a duration"),
        ("voicemail", {"length": -1}, "length", "-1 is not a duration"),
        ("voicemail", {"length": True}, "length", "True is not a duration"),
        ("voicemail", {"length": "2 days"}, "length", "is not a duration"),
        ("voicemail", {"beep": "loud"}, "beep", "'loud' is neither true nor false"),
        ("ivr", {"menu": {"says": "x"}, "rounds": 0}, "rounds", "0 is not a number"),
        ("ivr", {"menu": {"says": "x"}, "rounds": "²"}, "rounds", "is not a number"),
        ("ivr", {"menu": {"says": "x"}, "rounds": True}, "rounds", "True is not a number"),
    ],
)
def test_options_that_make_no_sense(kind: str, written: dict[str, Any], path: str, complaint: str) -> None:
    with pytest.raises(BadOption) as refused:
        manner(kind, written)
    assert refused.value.path == path
    assert complaint in str(refused.value)
