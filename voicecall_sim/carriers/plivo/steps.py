"""What a call's performance can be about to do: fetch a document, perform one, or finish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.elements import Element
from voicecall_sim.carriers.plivo.endings import END_OF_XML, Ending
from voicecall_sim.telephony.signals import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """End the call: how that is told, why to the network, and who did it there."""

    ending: Ending
    cause: Cause = Cause.NORMAL
    by: str = "app"


SPENT: Final = Finish(ending=END_OF_XML)
"""The document came to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """XML to be performed."""

    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Request a document. `where` is `answer`, `action`, `transfer` or `redirect`: what failures are told as.

    `params` go with the standard set; `kind` and `event` as in `Outgoing`; `fallback` is asked if it fails.
    """

    callback: Callback
    where: str
    kind: str
    event: str
    params: Mapping[str, str] = field(default_factory=dict)
    fallback: Callback | None = None


Step: TypeAlias = Fetch | Document | Finish
