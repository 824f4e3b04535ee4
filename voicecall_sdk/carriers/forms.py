"""Webhooks that are forms: what carriers that send them have in common, and how they write keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voicecall_sdk.messages import WebhookRequest

FORM: Final = "application/x-www-form-urlencoded"

MAX_PARAMETERS: Final = 1000
"""Form parameters of a request. Carriers send some thirty; a stranger must not make us sort for long."""


def form_of(request: WebhookRequest) -> Sequence[tuple[str, str]]:
    """The form parameters of a request; none if its body is something else."""
    return request.form if request.method == "POST" and is_form(request) else ()


def is_form(request: WebhookRequest) -> bool:
    """Whether the body says that it is a form, or does not say what it is."""
    return request.headers.get("content-type", FORM).lower().startswith(FORM)


def concatenated(params: Sequence[tuple[str, str]], *, once: bool = False) -> str:
    """Names and values in the order of their characters, without anything between them: what carriers sign of a form.

    `once`: a value that is given twice for a name counts once. Names alone are sorted in half the time of pairs, and
    hardly any form has a name twice.
    """
    named = dict(params)
    if len(named) == len(params):
        return "".join([name + named[name] for name in sorted(named)])
    return "".join([name + value for name, value in sorted(set(params) if once else params)])


def confidence(text: str | None) -> float | None:
    """A number within 0..1, or nothing."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None


def waits_in_w(digits: str) -> str:
    """Keys to press in the alphabet that carriers share: `w` half a second, `W` a second."""
    return digits.replace("p", "W").replace("P", "W").replace(",", "W")
