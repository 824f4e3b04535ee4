"""REST requests, as far as carriers have them in common."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Final

from voicecall_sdk.messages import RestRequest

LIMIT_SLACK: Final = 60
"""Seconds beyond our own limit after which the carrier ends a call that we lost sight of."""

LOST: Final = frozenset({502, 504})
"""A gateway had no answer from whoever was to do it: nobody knows whether it was done."""


def basic(request: RestRequest, name: str, password: str) -> RestRequest:
    """The request with HTTP Basic."""
    pair = base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
    return replace(request, headers={**request.headers, "Authorization": f"Basic {pair}"})
