"""The carriers that the SDK can speak to: the only list of them."""

from collections.abc import Mapping
from typing import Final

from voicecall_sdk.carriers import mock, plivo, telnyx, twilio
from voicecall_sdk.carriers.carrier import Carrier

CARRIERS: Final[Mapping[str, Carrier]] = {each.carrier.name: each.carrier for each in (twilio, telnyx, plivo, mock)}
