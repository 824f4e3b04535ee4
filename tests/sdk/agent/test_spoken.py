"""What of a model's output is said aloud: the five ways, their order, and what must never be said."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.agent.spoken import Payload, Spoken, extract, spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # 1: the whole output
        ('{"spoken": "Hello there."}', "Hello there."),
        ('  {"spoken":"Hello there."}\n', "Hello there."),
        ('{"spoken": "a\\nb \\u00e4 \\"quoted\\" \\\\ end"}', 'a b ä "quoted" \\ end'),
        ('{"spoken": "one\ntwo\tthree"}', "one two three"),
        ('{"spoken": ""}', ""),
        ('{"thought": "hm", "spoken": "Yes."}', "Yes."),
        # 2: a fenced block
        ('```json\n{"spoken": "Fenced."}\n```', "Fenced."),
        ('Sure:\n```\n{"spoken": "Fenced."}\n```\nDone. {"spoken": "not this"}', "Fenced."),
        ('```python\nprint(1)\n```\n```json\n{"spoken": "Second."}\n```', "Second."),
        ('```json\n{"spoken": "Open."}', "Open."),
        # 3: between the braces
        ('Here you are: {"spoken": "Inside."} — bye', "Inside."),
        ('{"spoken": "Nested {braces} too."} end', "Nested {braces} too."),
        # 4: the words anywhere
        ('{"spoken": "Broken", "x": }', "Broken"),
        ('"spoken" : "No braces."', "No braces."),
        ('{"spoken": "Cut off in the mid', "Cut off in the mid"),
        ('{"spoken": "Cut off at \\u00e', "Cut off at"),
        ('{"spoken": "one", "spoken2": {"spoken": "two"', "one"),
        # 5: plain text
        ("Just say this.", "Just say this."),
        ("  Two\n lines  of\ttext. ", "Two lines of text."),
        ("Say this.\n```\ncode()\n```\nAnd this.", "Say this. And this."),
        ("```\nOnly fenced words.\n```", "Only fenced words."),
        ("Reasoning: the caller wants hours.\n\nWe open at nine.", "We open at nine."),
        ("The user is asking about hours.\n\nI should be brief.\n\nWe open at nine.", "We open at nine."),
        (
            "**Thinking process:**\n\nLet me think.\n\nWe open at nine.\n\nI should say we close at five.",
            "We open at nine. I should say we close at five.",
        ),
        ("Okay, the user wants hours.\n\nAt nine.", "At nine."),
        ("I should be able to help with that.", ""),
        ("We open at nine.", "We open at nine."),
        ("The user manual is in the box.", "The user manual is in the box."),
        ("Let me check that for you.", "Let me check that for you."),
        ("", ""),
        (" \n ", ""),
        # JSON that says nothing is not read out
        ('{"answer": "x"}', ""),
        ('{"spoken": 5}', ""),
        ('{"spoken": null}', ""),
        ('["a", "b"]', ""),
        ('```json\n{"tool": "lookup"}\n```', ""),
        ('"Quoted."', '"Quoted."'),
        ("42", "42"),
    ],
)
def test_what_is_said(text: str, said: str) -> None:
    assert extract(text).text == said


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ('{"spoken": "Bye.", "end_call": true}', True),
        ('{"end_call": true, "spoken": ""}', True),
        ('```json\n{"spoken": "Bye.", "end_call": true}\n```', True),
        ('Well: {"spoken": "Bye.", "end_call": true} end', True),
        ('{"spoken": "Bye.", "end_call": true, }', True),
        ('{"spoken": "Bye.", "end_call": false}', False),
        ('{"spoken": "Bye.", "end_call": "true"}', False),
        ('{"spoken": "Bye.", "end_call": 1}', False),
        ('{"spoken": "Bye.", "end_call": trueish}', False),
        ('{"spoken": "I never say \\"end_call\\": true."}', False),
        ("Bye. end_call: true", False),
    ],
)
def test_when_the_call_is_over(text: str, end: bool) -> None:
    assert extract(text).end_call is end


def test_errors_and_reasoning_are_never_said() -> None:
    payloads = [
        Payload("the caller wants hours", is_reasoning=True),
        Payload('{"spoken": "At nine."}'),
        Payload('{"spoken": "Traceback"}', is_error=True),
        Payload('{"spoken": "", "end_call": true}'),
        Payload("Bye."),
    ]
    assert spoken(payloads) == Spoken("At nine. Bye.", end_call=True)
    assert spoken([]) == Spoken("")
    assert spoken(payloads[:1]) == Spoken("")


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(WORDS, st.booleans(), st.booleans())
def test_an_obedient_model_is_understood_whatever_it_says(words: str, end: bool, ascii_only: bool) -> None:
    text = json.dumps({"spoken": words, "end_call": end}, ensure_ascii=ascii_only)
    expected = Spoken(" ".join(words.split()), end_call=end)
    assert extract(text) == expected
    assert extract(f"```json\n{text}\n```") == expected or "```" in words
    assert extract(f"Of course! {text}") == expected


@given(WORDS, st.integers(0, 200))
def test_an_answer_that_was_cut_off_never_shows_its_braces(words: str, at: int) -> None:
    whole = json.dumps({"spoken": words})
    start = len('{"spoken": "')
    cut = whole[: max(start, min(at, len(whole)))]
    assert '{"spoken"' not in extract(cut).text or '{"spoken"' in words


@given(st.text(max_size=300))
def test_anything_is_made_something_sayable(text: str) -> None:
    said = extract(text).text
    assert said == " ".join(said.split())
    said.encode("utf-8")


@pytest.mark.parametrize("text", ["{" * 100_000, "[" * 100_000, '{"spoken":' * 20_000, "```" * 50_000, "\\" * 50_000])
def test_nonsense_of_any_size_does_no_harm(text: str) -> None:
    extract(text)
