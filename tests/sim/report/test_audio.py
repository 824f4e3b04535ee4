"""WAV files of conversations."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voicecall_sim.report.audio import AudioNotWritten, AudioReport, stereo
from voicecall_sim.runner.events import Outcome, PlanBegan, PlanEnded, Recording, Verdict
from voicecall_sim.scenario.plan import Plan
from voicecall_sim.sound.code import encode_ulaw
from voicecall_sim.sound.g711 import from_ulaw


def recording(call: int | None = 1, leg: int = 1, said: str = "Hi", heard: str = "Ho") -> Recording:
    return Recording(call=call, leg=leg, person="anna", said=encode_ulaw(said), heard=encode_ulaw(heard))


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.glob("*.wav"))


def test_the_person_is_on_the_left_and_the_application_on_the_right(
    tmp_path: Path, make_outcome: Callable[..., Outcome]
) -> None:
    AudioReport(tmp_path / "new" / "wavs")(PlanEnded(make_outcome(recordings=(recording(),))))
    [name] = names(tmp_path / "new" / "wavs")
    with wave.open(str(tmp_path / "new" / "wavs" / name)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        assert file.getnframes() == 960
        both = np.frombuffer(file.readframes(960), "<i2").reshape(-1, 2)
    assert (both[:, 0] == from_ulaw(encode_ulaw("Hi"))).all()
    assert (both[:, 1] == from_ulaw(encode_ulaw("Ho"))).all()


def test_names_tell_the_scenario_the_cell_and_the_call(
    tmp_path: Path, make_outcome: Callable[..., Outcome], make_plan: Callable[..., Plan]
) -> None:
    report = AudioReport(tmp_path)
    plan = make_plan(id="/some/where/greeting.scenario.yaml::anna-is-greeted[acme-tunnel=none]")
    calls = (recording(1, 1), recording(1, 2), recording(2, 3), recording(None, 4))
    report(PlanBegan(plan))
    report(PlanEnded(make_outcome(Verdict.FAILED, plan, recordings=calls)))
    report(PlanEnded(make_outcome(plan=plan, recordings=calls[:1])))
    report(PlanEnded(make_outcome(plan=replace(plan, id="other.scenario.yaml::x[acme]"))))
    stem = "greeting.anna-is-greeted.acme-tunnel=none"
    assert names(tmp_path) == sorted(
        f"{stem}.{end}.wav" for end in ("call-1", "call-1.leg-2", "call-2", "leg-4", "call-1~2")
    )


def test_a_very_long_name_is_shortened_and_stays_distinct(
    tmp_path: Path, make_outcome: Callable[..., Outcome], make_plan: Callable[..., Plan]
) -> None:
    report = AudioReport(tmp_path)
    for end in ("a", "b"):
        plan = make_plan(id=f"greeting.scenario.yaml::hello[acme-text={'perché-' * 60}{end}]")
        report(PlanEnded(make_outcome(plan=plan, recordings=(recording(),))))
    one, other = names(tmp_path)
    assert one != other
    assert one.startswith("greeting.hello.acme-text=perché-")
    assert len(one.encode()) < 255


def test_a_directory_that_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AudioNotWritten, match=r"recordings cannot go to .*file/wavs: Not a directory"):
        AudioReport(tmp_path / "file" / "wavs")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, make_outcome: Callable[..., Outcome]) -> None:
    report = AudioReport(tmp_path)
    outcome: Any = make_outcome(recordings=(recording(),))
    (tmp_path / "greeting.anna-is-greeted.acme.call-1.wav").mkdir()
    with pytest.raises(AudioNotWritten, match=r"greeting\.anna-is-greeted\.acme\.call-1\.wav cannot be written"):
        report(PlanEnded(outcome))


def test_nothing_said_is_an_empty_file_that_players_take() -> None:
    assert stereo(recording(said="", heard="")) == b""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((2, 2, 8000, 0, "NONE", ""))
        writer.writeframes(b"")
    assert file.getvalue()[:4] == b"RIFF"
