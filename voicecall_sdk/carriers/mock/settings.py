"""The mock carrier has no block of its own; it is used when no carrier is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from voicecall_sdk.carriers.settings import CarrierSettings


class MockSettings(CarrierSettings):
    """Nothing to configure: no account, no credentials, no public address."""

    former_names: ClassVar[Sequence[str]] = ("log",)
    own_number: ClassVar[str | None] = "+15550000000"
    remote: ClassVar[bool] = False
    stand_in: ClassVar[bool] = True
