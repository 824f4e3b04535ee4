"""What is read of a document, without performing it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.twilio_world import twiml
from voicecall_sim.carriers.twilio.debugger import CATALOGUE, ApplicationFault
from voicecall_sim.carriers.twilio.markup import read_document
from voicecall_sim.carriers.twilio.verbs import Dial, Gather, Hangup, Number, Pause, Play, Record, Redirect, Reject, Say
from voicecall_sim.world.clock import MILLISECOND, SECOND

READ = [
    ("<Say>Hi</Say>", Say(words=("Hi",))),
    ("<Say>  Two\n  lines </Say>", Say(words=("Two lines",))),
    ('<Say>a<break time="750ms"/>b</Say>', Say(words=("a", 750 * MILLISECOND, "b"))),
    ('<Say>a<break strength="x-strong"/></Say>', Say(words=("a", SECOND))),
    ('<Say><sub alias="doctor">Dr</sub> Who</Say>', Say(words=("doctor Who",))),
    ("<Play>/x.wav</Play>", Play(url="/x.wav")),
    ('<Play digits="1"/>', Play(digits="1")),
    ("<Pause/>", Pause(length=1)),
    ("<Gather/>", Gather()),
    ('<Gather input="speech dtmf" speechTimeout="3"/>', Gather(inputs=("speech", "dtmf"), speech_timeout=3)),
    ('<Gather finishOnKey=""/>', Gather(finish_on_key="")),
    ("<Record/>", Record()),
    ("<Dial>+15550001111</Dial>", Dial(numbers=(Number(number="+15550001111"),))),
    ("<Redirect/>", Redirect()),
    ("<Redirect method='get'>/x</Redirect>", Redirect(url="/x", method="GET")),
    ("<Hangup/>", Hangup()),
    ("<Reject/>", Reject(reason="rejected")),
]


@pytest.mark.parametrize(("inner", "verb"), READ)
def test_verbs_with_their_defaults(inner: str, verb: object) -> None:
    reading = read_document(twiml(inner).encode())
    assert reading.verbs == (verb,)
    assert reading.notices == ()


def test_eleven_numbers_are_one_too_many() -> None:
    numbers = "".join(f"<Number>+1415555{n:04}</Number>" for n in range(11))
    reading = read_document(twiml(f"<Dial>{numbers}</Dial>").encode())
    (dial,) = reading.verbs
    assert isinstance(dial, Dial)
    assert len(dial.numbers) == 10
    assert [notice.code for notice in reading.notices] == [13215]


def test_a_notice_names_the_place() -> None:
    (notice,) = read_document(b'<Response>\n  <Say loop="x">a</Say>\n</Response>').notices
    assert "line 2, column 3" in notice.message
    assert notice.message.startswith(CATALOGUE[13510][1])


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_code(data: bytes) -> None:
    assert refusal(data) in {None, 12100, 12101, 12102}


def refusal(data: bytes) -> int | None:
    """The code with which a document is refused, if it is."""
    try:
        read_document(data)
    except ApplicationFault as fault:
        return fault.notice.code
    return None


NAMES = st.sampled_from(["Say", "Play", "Pause", "Gather", "Record", "Dial", "Number", "Redirect", "Reject", "Odd"])
ATTRIBUTES = st.sampled_from(["loop", "timeout", "input", "method", "digits", "length", "reason", "numDigits", "odd"])
VALUES = st.sampled_from(["", "0", "1", "-1", "x", "GET", "speech", "busy", "true", "99999999999", "١"])


def element(name: str, attributes: dict[str, str], inner: str) -> str:
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{written}>{inner}</{name}>"


ELEMENTS = st.recursive(
    st.sampled_from(["", "text", "+15550001111", "/x"]),
    lambda inner: st.builds(element, NAMES, st.dictionaries(ATTRIBUTES, VALUES, max_size=3), inner),
    max_leaves=6,
)


@given(st.lists(ELEMENTS, max_size=5))
def test_any_document_of_elements_is_read_with_notices_of_the_catalogue(elements: list[str]) -> None:
    reading = read_document(twiml("".join(elements)).encode())
    assert all(notice.code in CATALOGUE for notice in reading.notices)


def test_every_code_that_the_tables_name_is_in_the_catalogue() -> None:
    from voicecall_sim.carriers.twilio import attributes

    grammars = [value for name, value in vars(attributes).items() if name.isupper() and isinstance(value, dict)]
    codes = {attribute.code for grammar in grammars for attribute in grammar.values()}
    assert codes <= set(CATALOGUE)
