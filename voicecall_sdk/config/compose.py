"""The whole model: the common keys and one block for each carrier there is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from pydantic import Field, create_model

from voicecall_sdk.carriers.settings import CarrierSettings
from voicecall_sdk.config.model import Settings

Catalogue: TypeAlias = Mapping[str, type[CarrierSettings]]
"""The carriers that a configuration may name, with their settings."""


def carriers_we_have() -> Catalogue:
    """The settings of the carriers in `CARRIERS`."""
    from voicecall_sdk.carriers import CARRIERS

    return {name: carrier.settings or CarrierSettings for name, carrier in CARRIERS.items()}


def model_of(carriers: Catalogue) -> type[Settings]:
    """The model of a configuration for these carriers."""
    return _composed(tuple(carriers.items()))


@lru_cache(maxsize=8)
def _composed(carriers: tuple[tuple[str, type[CarrierSettings]], ...]) -> type[Settings]:
    fields: dict[str, Any] = {
        name: (settings, Field(default_factory=settings)) for name, settings in carriers if settings.model_fields
    }
    names = tuple(name for name, _ in carriers)
    if names:
        fields["provider"] = (
            Literal[names] | None,
            Field(default=None, description="Which carrier places and takes the calls"),
        )
    return create_model("VoiceCallConfiguration", __base__=Settings, **fields)
