"""What an element's result leads to: its action, whose document takes over unless `redirect` is false."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.endings import Ending
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.steps import Fetch, Finish, Step
from voicecall_sim.carriers.plivo.webhooks import requestable
from voicecall_sim.telephony.signals import Cause


async def act(
    call: LiveCall, event: str, url: str | None, method: str, params: Mapping[str, str], *, redirect: bool
) -> Step | None:
    """Tell the action. The step that follows, or None to go on with the document."""
    if not url:
        return None
    if not requestable(url):
        call.note(INVALID.code, f"{event}: the action is no URL")
        return Finish(ending=INVALID, cause=Cause.FAILED, by="carrier") if redirect else None
    callback = Callback(url=url, method=method)
    if redirect:
        return Fetch(callback=callback, where="action", kind="action", event=event, params=params)
    call.plant.tell(call.errand("action", event, callback, params))
    return None


INVALID: Final = Ending(code=7022, source="Error", status="failed")

FIDELITY: Final = (
    (
        "redirect=false: the action is requested, its body is ignored, the document goes on",
        "docs voice/xml/overview",
        "documented",
    ),
    ("a failing action ends the call only with redirect=true", "docs voice/troubleshooting", "documented"),
    ("an action that is no absolute URL is 7022", "docs voice/troubleshooting/hangup-causes", "documented"),
)
