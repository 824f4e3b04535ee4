"""Rules about what a carrier says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pydantic import SecretStr, ValidationError

from voicecall_sdk.carriers.carrier import Carrier
from voicecall_sdk.carriers.contract.samples import Samples, commands_for, credentials_of, view_of

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
ENV_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*")


def named(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """The name, the block of settings and the base URL."""
    if not NAME.fullmatch(carrier.name):
        yield f"name {carrier.name!r}: lower-case letters, digits and underscores make a name"
    keys = {field.alias or name for name, field in carrier.settings.model_fields.items()}
    for said in ("needs", "needs_to_verify"):
        yield from (f"settings.{said} has {key!r}, which is no key" for key in getattr(carrier.settings, said)
                    if key not in keys)  # fmt: skip
    for key, variable in carrier.settings.env.items():
        if key not in keys or not ENV_NAME.fullmatch(variable):
            yield f"settings.env: {variable!r} cannot stand in for {key!r}"
    yield from _usable(carrier, samples)


def _usable(carrier: Carrier, samples: Samples) -> Iterator[str]:
    try:
        url = carrier.base_url(credentials_of(carrier, samples.block))
    except ValidationError as error:
        yield f"samples.block is not a block of this carrier: {error.errors(include_input=False)}"
        return
    if carrier.settings.remote and (not url.startswith("https://") or url.endswith("/")):
        yield f"base_url gives {url!r}: it is https, and has no slash at its end"


def discreet(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """Secrets are typed as such, and only `authorize` puts them into requests: never into a path."""
    block = carrier.settings.model_validate(dict(samples.block), context={"env": {}})
    shown, credentials = repr(block), block.credentials()
    secrets = {
        field.alias or name: credentials[field.alias or name]
        for name, field in type(block).model_fields.items()
        if isinstance(getattr(block, name), SecretStr)
    }
    view = view_of(carrier)
    for key, secret in secrets.items():
        if secret in shown:
            yield f"{key} shows in the repr of the settings"
        for command in commands_for(carrier):
            for request in carrier.express(command, view):
                if secret in repr(request):
                    yield f"{key} stands in the request for {command} before `authorize`"
                if secret in carrier.authorize(request, credentials).path:
                    yield f"{key} stands in the path of the request for {command}"
