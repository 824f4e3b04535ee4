"""What a call costs, as `call.cost` tells it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

STEP: Final = 60
"""Seconds that are billed as one."""
RATES: Final[Mapping[str, Decimal]] = {"sip-trunking": Decimal("0.0050"), "call-control": Decimal("0.0020")}
"""Dollars a minute."""


def cost(seconds: int, occurred_at: str) -> dict[str, Any]:
    """The payload for a call of so many seconds from its answer on; amounts are texts."""
    billed = -(-seconds // STEP) * STEP
    parts = {name: rate * billed / STEP for name, rate in RATES.items()}
    return {
        "status": "success",
        "total_cost": f"{sum(parts.values()):.4f}",
        "billed_duration_secs": billed,
        "billing_group_id": None,
        "occurred_at": occurred_at,
        "cost_parts": [
            {
                "call_part": name,
                "cost": f"{part:.4f}",
                "rate": f"{RATES[name]:.4f}",
                "currency": "USD",
                "billed_duration_secs": billed,
            }
            for name, part in parts.items()
        ],
    }


FIDELITY: Final = (
    ("call.cost and its parts, amounts as texts, for applications with call_cost_in_webhooks", "OpenAPI", "documented"),
    ("billed by the minute; the rates; nothing for calls that were not answered", "no source", "assumed"),
)
