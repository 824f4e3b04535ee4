"""Recordings of a streamed conversation, listened to by a program that knows nothing of us: sox."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from voicecall_sim.cli import main
from voicecall_sim.sound.code import Decoder

SOX = shutil.which("sox")

pytestmark = pytest.mark.skipif(SOX is None, reason="sox is not here to listen to recordings")

SCENARIO = """\
voicecall: 1
name: Recorded
why: Somebody else hears it, too.
carriers: [twilio]
app: {streaming: {enabled: true}, inboundPolicy: open, inboundGreeting: "Hello! How can I help?"}
agent:
  - {hears: "opening hours", replies: "We are open from nine to five, and on Saturday from ten to two."}
  - {hears: "thank you", replies: "Goodbye!"}
people: {anna: {phone: +15550005678}}
steps:
  - anna: {calls: app}
  - anna: {hears: "Hello! How can I help?"}
  - anna: {says: "What are your opening hours?", after: 1s}
  - anna: {hears: {contains: "nine to five"}}
  - anna: {interrupts: "Enough, thank you."}
  - anna: {hears: "Goodbye!"}
  - anna: {hangs up: , after: 1s}
"""
CHANNELS = {"said": 1, "heard": 2}
"""By the kind of the journal's entries: the person is on the left, the application on the right."""
EDGE = 0.03
"""Seconds around a beginning or an end that are not looked at."""
SPLIT = ("silence", "1", "0.02", "-50d", "1", "0.3", "-50d", ":", "newfile", ":", "restart")
"""Sox's effects that make a file of everything between silences of 0.3 s."""


@dataclass(frozen=True)
class Speech:
    """What somebody said by the journal: seconds from the answer, which is where a recording begins."""

    began: float
    ended: float
    text: str


@dataclass(frozen=True)
class Taped:
    """A recording, its length in seconds, and the speech that is on each channel."""

    wav: Path
    length: float
    speech: dict[int, list[Speech]]


@pytest.fixture(scope="module")
def taped(tmp_path_factory: pytest.TempPathFactory) -> Taped:
    """The conversation, run by the command."""
    directory = tmp_path_factory.mktemp("recordings")
    scenario, lines = directory / "recorded.scenario.yaml", directory / "events.jsonl"
    scenario.write_text(SCENARIO, encoding="utf-8")
    done = CliRunner().invoke(main, ["run", str(scenario), "--audio", str(directory), "--jsonl", str(lines)])
    assert done.exit_code == 0, done.output
    [wav] = directory.glob("*.wav")
    events = map(json.loads, lines.read_text(encoding="utf-8").splitlines())
    entries = [event for event in events if event["event"] == "entry"]
    at = {entry["data"]["state"]: entry["at"] for entry in entries if entry["kind"] == "call"}
    return Taped(wav, (at["ended"] - at["answered"]) / 1e6, spoken(entries, at["answered"]))


def spoken(entries: Sequence[dict[str, Any]], answered: int) -> dict[int, list[Speech]]:
    """The speech by channels."""
    speech: dict[int, list[Speech]] = {1: [], 2: []}
    for entry in entries:
        if entry["kind"] in CHANNELS and entry["who"] == "anna":
            began, ended = ((entry["data"][end] - answered) / 1e6 for end in ("began", "ended"))
            speech[CHANNELS[entry["kind"]]].append(Speech(began, ended, entry["data"]["text"]))
    return speech


def sox(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    """What sox makes of this."""
    assert SOX is not None
    return subprocess.run([SOX, *map(str, arguments)], capture_output=True, check=True)


def stat(taped: Taped, channel: int, began: float, ended: float) -> dict[str, float]:
    """Sox's statistics of a piece of one channel."""
    told = sox(taped.wav, "-n", "remix", channel, "trim", began, ended - began, "stat").stderr.decode()
    return {
        " ".join(name.split()): float(value) for name, value in re.findall(r"^(\w[^:]*): +(\S+)$", told, re.MULTILINE)
    }


def silences(taped: Taped, channel: int) -> Iterator[tuple[float, float]]:
    """Where nobody speaks on a channel."""
    edges = [0.0, *(edge for speech in taped.speech[channel] for edge in (speech.began, speech.ended)), taped.length]
    for began, ended in list(pairwise(edges))[::2]:
        if ended - began > 3 * EDGE:
            yield began + EDGE, ended - EDGE


def understood(piece: Path) -> str:
    """The text that the simulator's ear finds in a file, which sox turns into mu-law for it."""
    decoder = Decoder()
    decoder.feed(sox(piece, "-t", "ul", "-r", 8000, "-").stdout)
    decoder.finish()
    return "".join(symbol.text for symbol in decoder.symbols)


def test_it_is_as_long_as_the_call(taped: Taped) -> None:
    told = stat(taped, 1, 0, taped.length)
    assert told["Length (seconds)"] == pytest.approx(taped.length, abs=0.001)
    assert [len(taped.speech[channel]) for channel in (1, 2)] == [2, 3]


@pytest.mark.parametrize("channel", [1, 2])
def test_there_is_speech_where_somebody_speaks(taped: Taped, channel: int) -> None:
    for speech in taped.speech[channel]:
        told = stat(taped, channel, speech.began + EDGE, speech.ended - EDGE)
        assert 0.1 < told["RMS amplitude"] < 0.3, speech
        assert told["Maximum amplitude"] < 0.9, speech  # nothing is clipped
        assert abs(told["Mean amplitude"]) < 0.01, speech
        assert 300 < told["Rough frequency"] < 3400, speech


@pytest.mark.parametrize("channel", [1, 2])
def test_there_is_silence_elsewhere(taped: Taped, channel: int) -> None:
    gaps = list(silences(taped, channel))
    assert len(gaps) >= 2
    for began, ended in gaps:
        told = stat(taped, channel, began, ended)
        assert (told["Maximum amplitude"], told["Minimum amplitude"]) == (0.0, 0.0), (began, ended)


def test_they_speak_at_once_only_while_one_interrupts(taped: Taped) -> None:
    (_, enough), (_, hours, _) = taped.speech[1], taped.speech[2]
    both = stat(taped, 1, enough.began + EDGE, hours.ended), stat(taped, 2, enough.began, hours.ended - EDGE)
    assert all(told["RMS amplitude"] > 0.1 for told in both)
    assert hours.ended - enough.began < 0.5
    assert hours.text.endswith("▯")


@pytest.mark.parametrize("channel", [1, 2])
def test_what_sox_cuts_out_at_silences_says_the_texts(taped: Taped, channel: int, tmp_path: Path) -> None:
    sox(taped.wav, tmp_path / "piece.wav", "remix", channel, *SPLIT)
    pieces = [piece for piece in sorted(tmp_path.glob("piece*.wav")) if piece.stat().st_size > 100]
    assert [understood(piece) for piece in pieces] == [speech.text for speech in taped.speech[channel]]
    lengths = [float(sox("--i", "-D", piece).stdout) for piece in pieces]
    assert lengths == [pytest.approx(speech.ended - speech.began, abs=EDGE) for speech in taped.speech[channel]]
