"""What a carrier's `settings` room is made of: its block of the configuration, and what the block means.

A block is strict: a key it does not know, or a value of another type, is an error. Keys are camelCase in a
configuration and snake_case here. Secrets never show in a repr, an error or a dump.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

ENV_NAME: Final = re.compile(r"\$(?:\{([A-Z][A-Z0-9_]{0,127})\}|([A-Z][A-Z0-9_]{0,127}))")
"""`$NAME` and `${NAME}`, the short forms of a secret reference."""


class Block(BaseModel):
    """A group of configuration keys."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
        hide_input_in_errors=True,
        validate_default=False,
    )


def _dereferenced(value: Any, info: ValidationInfo) -> Any:
    """The secret a reference stands for (OpenClaw docs, gateway/secrets: source `env` and its short forms)."""
    if isinstance(value, Mapping):
        return _from_environment(_named(value), info)
    if isinstance(value, str) and (short := ENV_NAME.fullmatch(value.strip())):
        return _from_environment(short[1] or short[2], info)
    return value.strip() if isinstance(value, str) else value


def _named(reference: Mapping[Any, Any]) -> str:
    name, source = reference.get("id"), reference.get("source")
    if not isinstance(name, str) or set(reference) - {"source", "provider", "id"}:
        raise PydanticCustomError(
            "secret_reference", 'a secret reference is {source: "env", id: "NAME"}, and nothing more'
        )
    if source != "env":
        raise PydanticCustomError(
            "secret_reference", "only secret references to the environment can be resolved here, not this source"
        )
    return name


def _from_environment(name: str, info: ValidationInfo) -> str:
    env: Mapping[str, str] = (info.context or {}).get("env", {})
    found = env.get(name, "").strip()
    if not found:
        raise PydanticCustomError(
            "secret_reference", "refers to the environment variable {name}, which is not set", {"name": name}
        )
    return found


Text = Annotated[str, Field(pattern=r"\S")]
"""A text that is not blank."""

_REFERENCE_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "source": {"const": "env"},
        "provider": {"type": "string"},
        "id": {"type": "string", "minLength": 1},
    },
    "required": ["source", "id"],
    "additionalProperties": False,
}

Secret = Annotated[
    SecretStr,
    Field(min_length=1),
    BeforeValidator(_dereferenced),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"\S", "writeOnly": True}, _REFERENCE_SCHEMA]}),
]
"""A secret, or a reference to an environment variable that holds it: `"${NAME}"` or `{source: "env", id: "NAME"}`."""


class CarrierSettings(Block):
    """A carrier's block (`twilio: {...}`): subclasses add its keys. What the block means is said by class variables.

    - `env`: which environment variable stands in for which key of the block.
    - `shared_env`: the same for keys outside it, when this carrier is the selected one.
    - `needs`: the keys without which nothing works; `needs_to_verify`: those without which no webhook can be proved.
    - `moved`: keys that the block had once, and the key outside it that they became.
    - `former_names`: what this carrier was called in `provider` once.
    - `own_number`: the number that calls come from when none is configured.
    - `remote`: whether the carrier calls our webhook from the internet.
    - `stand_in`: whether this is the carrier that is used when none is named.
    - `free_tier_bypass`: whether `tunnel.allowNgrokFreeTierLoopbackBypass` holds for it.
    - `console`: what is to be entered where in the carrier's console, `{webhook}` standing for the webhook's URL.
    - `streams` and `realtime`: whether `streaming.enabled` and `realtime.enabled` can be honoured.
    """

    env: ClassVar[Mapping[str, str]] = {}
    shared_env: ClassVar[Mapping[str, str]] = {}
    needs: ClassVar[Sequence[str]] = ()
    needs_to_verify: ClassVar[Sequence[str]] = ()
    moved: ClassVar[Mapping[str, str]] = {}
    former_names: ClassVar[Sequence[str]] = ()
    own_number: ClassVar[str | None] = None
    remote: ClassVar[bool] = True
    stand_in: ClassVar[bool] = False
    free_tier_bypass: ClassVar[bool] = False
    console: ClassVar[Sequence[str]] = ()
    streams: ClassVar[bool] = False
    realtime: ClassVar[bool] = False

    def credentials(self) -> dict[str, str]:
        """The block's values by their keys, secrets in the clear: for the carrier's own functions, not for show."""
        found = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value is not None:
                found[field.alias or name] = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        return found
