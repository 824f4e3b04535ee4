"""From a file, a text or a mapping to settings that were judged. Nothing here raises for what a configuration says:
all that is wrong comes back as problems.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voicecall_sdk.carriers.settings import CarrierSettings
from voicecall_sdk.config.compose import Catalogue, model_of
from voicecall_sdk.config.environment import api_url_variable, filled, stand_ins, value_of
from voicecall_sdk.config.merge import merged_speech
from voicecall_sdk.config.migrate import Migration, migrate
from voicecall_sdk.config.model import Settings
from voicecall_sdk.config.notices import notices
from voicecall_sdk.config.problems import dotted, problems_of
from voicecall_sdk.config.read import host_speech, plugin_entry, read_file
from voicecall_sdk.config.speech import SPEAKING_VENDORS, Speech
from voicecall_sdk.config.validate import ALLOW_API_URL, Judged, no_carrier, problems
from voicecall_sdk.errors import ConfigError, Problem

Source = str | os.PathLike[str] | Mapping[str, Any] | None
"""A path (JSON5, or YAML by its ending), or what was read from one. None is an empty configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of a configuration. `settings` is None when its shape is wrong, `judged` when there is no carrier."""

    settings: Settings | None = None
    judged: Judged | None = None
    speech: Mapping[str, Speech] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def load(source: Source, *, env: Mapping[str, str], carriers: Catalogue) -> Loaded:
    """Read, migrate, fill from the environment, and judge."""
    try:
        document = read_file(Path(source)) if isinstance(source, str | os.PathLike) else source
    except ConfigError as error:
        return Loaded(problems=error.problems)
    return load_document(document, env=env, carriers=carriers)


def load_document(document: Any, *, env: Mapping[str, str], carriers: Catalogue) -> Loaded:
    """The same for what has been read already, whatever it is."""
    config = plugin_entry({} if document is None else document)
    if not isinstance(config, Mapping):
        remedy = "write keys such as provider: and fromNumber:"
        return Loaded(problems=(Problem("", "the configuration is not a block of keys", remedy),))
    migration = migrate(_plain(config), carriers)
    _normalise(migration, carriers)
    _lay_under(migration, host_speech(document))
    additions = stand_ins(migration.config, env, carriers)
    candidate = filled(migration.config, additions)
    shape = _Shape(carriers, env, {**migration.origins}, {dotted(path): name for path, (_, name) in additions.items()})
    settings = shape.settings(candidate)
    if settings is None or migration.refused:
        return Loaded(problems=(*migration.refused, *shape.problems), notes=tuple(migration.changes))
    speech = shape.speech_of_routes(candidate)
    return _judged(settings, env, carriers, speech, migration.changes)


def _judged(
    settings: Settings,
    env: Mapping[str, str],
    carriers: Catalogue,
    speech: Mapping[str, Speech],
    notes: list[str],
) -> Loaded:
    if settings.provider is None:
        missing = (no_carrier(carriers),) if settings.enabled else ()
        return Loaded(settings=settings, speech=speech, problems=missing, notes=tuple(notes))
    judged = judge(settings, carriers[settings.provider], env)
    return Loaded(
        settings=settings,
        judged=judged,
        speech=speech,
        problems=tuple(problems(judged)),
        notes=(*notes, *notices(judged)),
    )


def judge(settings: Settings, carrier: type[CarrierSettings], env: Mapping[str, str]) -> Judged:
    """The settings beside what the environment says about the carrier."""
    name = settings.provider or ""
    return Judged(
        settings=settings,
        name=name,
        carrier=carrier,
        api_url=value_of(env, api_url_variable(name)),
        any_api_url=value_of(env, ALLOW_API_URL) == "1",
    )


class _Shape:
    """Validates by the model, and remembers where the values came from."""

    def __init__(
        self, carriers: Catalogue, env: Mapping[str, str], origins: Mapping[str, str], variables: Mapping[str, str]
    ) -> None:
        self.problems: list[Problem] = []
        self._carriers = carriers
        self._context = {"env": env}
        self._origins = origins
        self._variables = variables

    def settings(self, candidate: Mapping[str, Any]) -> Settings | None:
        """The settings, or None with `problems`."""
        try:
            return model_of(self._carriers).model_validate(candidate, context=self._context)
        except ValidationError as error:
            self.problems += map(self._attributed, problems_of(error, self._carriers, self._origins))
            return None

    def speech_of_routes(self, candidate: Mapping[str, Any]) -> dict[str, Speech]:
        """For each number with a `tts` of its own: that, laid over the common one."""
        found = {}
        for number, route in (candidate.get("numbers") or {}).items():
            if route.get("tts") is not None:
                both = merged_speech(candidate.get("tts") or {}, route["tts"])
                found[number] = Speech.model_validate(both, context=self._context)
        return found

    def _attributed(self, problem: Problem) -> Problem:
        variable = self._variables.get(problem.path)
        if variable is None:
            return problem
        return Problem(problem.path, problem.message, f"the value comes from the environment variable {variable}")


def _normalise(migration: Migration, carriers: Catalogue) -> None:
    """Defaults of a plugin entry (reference, section 2.1): switched on, and with the carrier that needs no account."""
    config = migration.config
    if config.get("enabled") is None:
        config["enabled"] = True
    if config.get("provider") is None and config["enabled"] is True:
        stand_in = next((name for name, settings in carriers.items() if settings.stand_in), None)
        if stand_in is not None:
            config["provider"] = stand_in
            migration.changes.append(f"provider is not set: {stand_in} is used, which places no real calls")


def _lay_under(migration: Migration, host: Mapping[str, Any]) -> None:
    """Lay the host's speech under ours (reference, section 9.7), as far as it has to do with calls."""
    ours = migration.config.get("tts")
    if not host or not (ours is None or isinstance(ours, Mapping)):
        return
    theirs = migrate({"tts": dict(host)}, {}).config["tts"]
    known = {key: value for key, value in theirs.items() if key in {"providers", "timeoutMs", "maxTextLength"}}
    if theirs.get("provider") in SPEAKING_VENDORS:
        known["provider"] = theirs["provider"]
    migration.config["tts"] = merged_speech(known, ours or {})


def _plain(value: Any) -> Any:
    """Paths as text, mappings as dicts."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return os.fspath(value) if isinstance(value, os.PathLike) else value
