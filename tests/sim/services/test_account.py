"""What comes to the vendor's HTTP interface that no client of theirs would send, and what the shapes refuse."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.ai_services import Vendors, pair, with_vendors
from voicecall_sim.services.openai import shapes
from voicecall_sim.services.openai.realtime.catalogue import SESSION
from voicecall_sim.services.openai.shapes import Refusal
from voicecall_sim.services.trouble import Mishap, times

URL = "https://api.openai.com/v1"


async def posted(vendors: Vendors, path: str, data: bytes) -> tuple[int, bytes]:
    """The status and the body of the answer."""
    headers = {"Authorization": f"Bearer {vendors.openai.key}"}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{URL}/{path}", data=data, headers=headers) as response,
    ):
        return response.status, await response.read()


@pytest.mark.parametrize("path", ["chat/completions", "responses", "audio/speech"])
@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"{}"])
def test_what_is_no_request_is_refused(path: str, data: bytes) -> None:
    @with_vendors()
    async def ask(vendors: Vendors) -> None:
        status, body = await posted(vendors, path, data)
        assert status == 400
        assert b'"error"' in body

    ask()


@with_vendors(pair("weather", "It rains."))
async def test_an_answer_can_be_garbage(vendors: Vendors) -> None:
    asked = b'{"model": "gpt-5", "input": "weather"}'
    _, good = await posted(vendors, "responses", asked)
    vendors.openai.text.add(Mishap(garbled=True), times(1))
    status, noise = await posted(vendors, "responses", asked)
    assert status == 200
    assert len(noise) == len(good)
    assert b"rains" not in noise


CASES: list[tuple[shapes.Shape, Any, str, str]] = [
    (shapes.text, None, "invalid_type", "Invalid type for 'x': expected a string, but got null instead."),
    (shapes.flag, "yes", "invalid_type", "Invalid type for 'x': expected a boolean, but got a string instead."),
    (
        shapes.listed(shapes.text),
        {},
        "invalid_type",
        "Invalid type for 'x': expected an array of values, but got an object instead.",
    ),
    (
        shapes.listed(shapes.text),
        [1],
        "invalid_type",
        "Invalid type for 'x[0]': expected a string, but got an integer instead.",
    ),
    (shapes.fields({}), [], "invalid_type", "Invalid type for 'x': expected an object, but got an array instead."),
    (shapes.fields({}), {"y": 1}, "unknown_parameter", "Unknown parameter: 'x.y'."),
    (shapes.one_of(("a", "b")), "c", "invalid_value", "Invalid value: 'c'. Supported values are: 'a' and 'b'."),
    (
        shapes.one_of(("a", "b", "d")),
        "c",
        "invalid_value",
        "Invalid value: 'c'. Supported values are: 'a', 'b', and 'd'.",
    ),
    (
        shapes.whole(1, 2),
        3,
        "integer_above_max_value",
        "Invalid 'x': integer above maximum value. Expected a value <= 2, but got 3 instead.",
    ),
    (shapes.whole(1, 2), True, "invalid_type", "Invalid type for 'x': expected an integer, but got a boolean instead."),
]


@pytest.mark.parametrize(("shape", "value", "code", "message"), CASES)
def test_refusals_name_the_place(shape: shapes.Shape, value: Any, code: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        shape("x", value)
    assert (caught.value.code, caught.value.message) == (code, message)
    assert caught.value.body() == {
        "message": message,
        "type": "invalid_request_error",
        "param": caught.value.param,
        "code": code,
    }


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "audio", "input", "tools", "turn_detection", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(ANYTHING)
def test_a_configuration_is_understood_or_refused(value: Any) -> None:
    refusal: Refusal | None = None
    try:
        SESSION("session", value)
    except Refusal as raised:
        refusal = raised
    assert refusal is None or (refusal.code and (refusal.param or "").startswith("session"))
