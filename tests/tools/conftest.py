"""Scenarios to run commands and plugins on: a good one, and what may become of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openai  # noqa: F401 - see `warm`
import pytest
from click.testing import CliRunner

from voicecall_sim.cli import main

GOOD = """\
voicecall: 1
name: A notification is heard
why: To have one that passes.
carriers: [twilio]
app: {fromNumber: +15550001234, outbound: {defaultMode: notify}}
people:
  anna: {phone: +15550005678, answers: {after: 2s}}
steps:
  - app: {call: anna, message: "Your parcel comes today."}
  - anna: {hears: "Your parcel comes today."}
  - expect: {call: ended, by: app}
"""

VARIATIONS = {
    "good": {},
    "bad": {'hears: "Your parcel comes today."': 'hears: "Your parcel comes tomorrow."'},
    "typo": {"hears:": "heers:"},
    "strange": {"defaultMode: notify": "defaultMode: whisper"},
    "slow": {"steps:": 'thresholds: ["first_audio.max > 1s"]\nsteps:'},
    "known": {
        'hears: "Your parcel comes today."': 'hears: "Something else."',
        "carriers:": "expect_fail: a known bug\ncarriers:",
    },
    "mended": {"carriers:": "expect_fail: a bug that is mended\ncarriers:"},
    "elsewhere": {"carriers: [twilio]": "carriers: [vonage]"},
    "many": {
        "carriers:": "matrix: {after: [1s, 2s, 3s]}\ncarriers:",
        "answers: {after: 2s}": 'answers: {after: "{after}"}',
    },
}
"""What is replaced by what in the good one."""

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Everything that a run imports is imported: a pytest within ours forgets what it imports itself."""
    file = tmp_path_factory.mktemp("warm") / "good.scenario.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert CliRunner().invoke(main, ["run", str(file)]).exit_code == 0


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes variations of the scenario into the test's directory and returns the file."""

    def write(name: str, folder: str = "") -> Path:
        text = GOOD
        for old, new in VARIATIONS[name].items():
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / folder / f"{name}.scenario.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write
