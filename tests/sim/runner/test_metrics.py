"""What is measured, in µs, of calls whose every instant is known."""

from __future__ import annotations

from .conftest import Play, titles

CALLED = """
steps:
  - app: {call: anna, message: "Hello"}
  - anna: {hears: "Hello"}
"""


def test_the_first_voice_counts_from_the_answer(play: Play) -> None:
    assert play(CALLED).metrics["first_audio"] == (0,)  # the instructions came with the request
    inbound = play("steps:\n  - anna: {calls: app}\n  - anna: {hears: Hello!}\n")
    assert inbound.metrics["first_audio"] == (0,)


def test_a_turn_is_from_the_end_of_what_is_said_to_the_next_voice(play: Play) -> None:
    outcome = play(CALLED + '  - anna: {says: "Well"}\n  - app: {speak: "Yes"}\n  - anna: {hears: "Yes"}\n')
    assert titles(outcome) == []
    assert outcome.metrics["turn"] == (15_000,)  # to the carrier with a new connection, asked as she had finished
    said = next(entry for entry in outcome.journal if entry.kind == "said")
    heard = next(entry for entry in outcome.journal if entry.data.get("text") == "Yes")
    assert heard.data["began"] - said.data["ended"] == 15_000


def test_an_overrun_is_from_the_interruption_to_the_silence(play: Play) -> None:
    script = """
    steps:
      - app: {call: anna, message: "A rather long sentence that somebody interrupts."}
      - anna: {hears: {contains: long}}
      - anna: {interrupts: "Stop, stop, stop!"}
      - clock: {waits: 5s}
    """
    outcome = play(script)
    assert titles(outcome) == []
    # the fake's Say is not interruptible: the rest of the sentence is heard to its end
    words = "A rather long sentence that somebody interrupts."
    assert outcome.metrics["overrun"] == (
        len(words.partition(" sentence")[1] + words.partition(" sentence")[2]) * 60_000,
    )


def test_a_hang_up_is_from_the_last_voice_to_the_end_by_the_application(play: Play) -> None:
    outcome = play("app: {mode: notify}" + CALLED)
    assert outcome.metrics["hangup"] == (0,)
    assert "hangup" not in play(CALLED + "  - anna: hangs up\n").metrics
    later = play(CALLED + "  - app: {end: , after: 3s}\n")
    assert later.metrics["hangup"] == (3_015_000,)
