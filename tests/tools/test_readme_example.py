"""The pytest example of the README is a test that passes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from voicecall_sim.carriers import CARRIERS

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_example_passes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, warm: None) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [block for block in blocks if "voicecall_world" in block]
    pytester.makepyfile(test_example=example)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    done = pytester.runpytest_inprocess("-p", "voicecall_sim.pytest_plugin", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=len(CARRIERS))
