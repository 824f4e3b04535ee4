"""Where an account's numbers come from and where they go back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from voicecall_sim.carriers.twilio.account import NumberResource


class NumberMarket(Protocol):
    """Where the account's numbers come from: the phone network, as the carrier is connected to it."""

    def available(self, phone_number: str) -> bool:
        """Whether nobody has that number (E.164)."""
        ...

    def acquired(self, number: NumberResource) -> None:
        """The account has this number from now on: its calls are to reach the exchange."""
        ...

    def released(self, number: NumberResource) -> None:
        """The account has given it back."""
        ...


class OpenMarket:
    """Every number is for sale and nobody needs to know: an account without a network."""

    def available(self, phone_number: str) -> bool:
        """Always."""
        return True

    def acquired(self, number: NumberResource) -> None:
        """Nothing to connect."""

    def released(self, number: NumberResource) -> None:
        """Nothing to disconnect."""
