"""What somebody does by themselves when they hear something, for as long as a call lasts."""

from __future__ import annotations

from collections.abc import Sequence

from voicecall_sim.actors.character import Habit
from voicecall_sim.actors.handset import Handset
from voicecall_sim.actors.hearing import START, Hearing, Mark


def follow_habits(habits: Sequence[Habit], handset: Handset, hearing: Hearing) -> None:
    """Let every habit work in this call until its leg ends."""
    for habit in habits:
        handset.spawn(follow(habit, handset, hearing))


async def follow(habit: Habit, handset: Handset, hearing: Hearing) -> None:
    """React to each utterance at most once, at the instant at which it matches."""
    mark = START
    while True:
        found = await hearing.heard(habit.hears.matches, since=mark, whole=not habit.running, ear=handset.ear)
        mark = Mark(found.utterance.number + 1, 0, found.at)
        handset.do(*habit.does)
