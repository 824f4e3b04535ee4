"""The carriers that the SDK can speak to: the only list of them."""

from collections.abc import Mapping
from typing import Final

from voicecall_sdk.carriers import mock, twilio
from voicecall_sdk.carriers.carrier import Carrier

CARRIERS: Final[Mapping[str, Carrier]] = {"twilio": twilio.carrier, "mock": mock.carrier}
