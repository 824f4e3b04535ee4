"""Errors as a command shows them: a sentence, what is wrong line by line, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from voicecall_sdk.errors import ConfigError, VoiceCallError


@contextmanager
def shown(path: Path) -> Iterator[None]:
    """Exit code 2 for a configuration that cannot be used, 1 for whatever else fails on purpose."""
    try:
        yield
    except ConfigError as error:
        lines = "\n".join(f"  - {problem}" for problem in error.problems)
        raise click.UsageError(f"{path} cannot be used:\n{lines}") from error
    except BrokenPipeError:  # whoever read our output has gone: that is no failure of ours
        raise
    except (VoiceCallError, OSError) as error:
        raise click.ClickException(str(error)) from error
