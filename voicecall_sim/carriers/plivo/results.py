"""What an element's result leads to: its action, whose document takes over unless `redirect` is false."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.documents import fault_of
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.steps import Fetch, Step


async def act(
    call: LiveCall, event: str, url: str | None, method: str, params: Mapping[str, str], *, redirect: bool
) -> Step | None:
    """Tell the action. The step that follows, or None to go on with the document."""
    if not url:
        return None
    callback = Callback(url=url, method=method)
    if redirect:
        return Fetch(callback=callback, where="action", kind="action", event=event, params=params)
    if fault_of(callback) is None:
        call.plant.tell(call.errand("action", event, callback, params))
    else:
        call.note(0, f"{event}: the action cannot be requested")
    return None


FIDELITY: Final = (
    (
        "redirect=false: the action is requested, its body is ignored, the document goes on",
        "docs voice/xml/overview",
        "documented",
    ),
    ("a failing action ends the call only with redirect=true", "docs voice/troubleshooting", "documented"),
)
