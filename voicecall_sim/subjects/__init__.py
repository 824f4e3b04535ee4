"""Systems under test: what they offer is in `subject`."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from typing import Any, Final

SUBJECTS: Final[Mapping[str, str]] = {"sdk": "voicecall_sim.subjects.sdk:SdkSubject"}
"""The applications that can be tested, by name, and where they are. Nothing is imported before it is asked for."""


def factory(name: str) -> Any:
    """What makes the application of that name: see `runner.stage.SubjectFactory`."""
    return pkgutil.resolve_name(SUBJECTS[name])
