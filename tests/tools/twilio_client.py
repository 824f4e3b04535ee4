"""Twilio's own client, pointed at the emulator and called from a test's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.tools.twilio_api import Api


def pointed(api: Api, client: Client) -> Client:
    """The client with the emulator as its address."""
    client.api.base_url = api.base
    return client


async def called(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The result of a call of the synchronous client."""
    return await asyncio.to_thread(function, *args, **kwargs)


async def refusal(function: Callable[..., Any], *args: Any, **kwargs: Any) -> TwilioRestException:
    """The exception that the client raises."""
    with pytest.raises(TwilioRestException) as caught:
        await called(function, *args, **kwargs)
    return caught.value
