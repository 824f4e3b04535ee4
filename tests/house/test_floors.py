"""Who may import whom: the contracts of pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter import cli


def test_the_import_contracts_hold(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # it would silence every logger that exists, for all tests that follow
    monkeypatch.setattr(cli, "_configure_logging", lambda verbose: None)
    code = cli.lint_imports(config_filename=str(root / "pyproject.toml"), no_cache=True, no_logo=True)
    told = capsys.readouterr().out
    assert code == 0, told
    assert "Contracts: 5 kept, 0 broken." in told
