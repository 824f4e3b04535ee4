"""Words that the carriers judge: operations, refusals, events; neutral ones and a carrier's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.scenario import check_text

FILE = Path("terms.scenario.yaml")


def complaints(step: str, carriers: str = "twilio, telnyx, plivo") -> list[str]:
    """What is said of a step: place, message, remedy."""
    text = (
        f"voicecall: 1\nname: Terms\nwhy: Words.\ncarriers: [{carriers}]\n"
        f"people: {{anna: {{phone: +15550005678}}}}\nsteps:\n  - anna: {{calls: app}}\n  - {step}\n"
    )
    found = check_text(text, FILE, CARRIERS)
    return [f"{each.place.line}:{each.place.column} {each.message}. {each.remedy}" for each in found]


@pytest.mark.parametrize(
    "step",
    [
        "carrier: {refuses: {create call: invalid number}}",
        "carrier: {refuses: {create call: too many requests, end call: call is over, instruct call: unavailable}}",
        "carrier: {refuses: {press keys: server error, start stream: unknown call}}",
        "net: {drop: next reply, of: {rest: instruct call}}",
        "net: {drop: next webhook, of: {webhook: status, event: ended}}",
        "net: {replay: last webhook, of: {event: HEARD}}",
        "expect: {request: {create: call, refused: wrong credentials}}",
        "expect: {request: {end: call}, count: 1}",
        "expect: {request: {operation: {any: [speech, press keys]}}}",
        "expect: {request: speech}",
        "expect: {webhook: {event: ended}}",
        "only: {telnyx: [carrier: {refuses: {speak: 90034}}], twilio: [carrier: {refuses: {update call: 21220}}]}",
        "only: {twilio: [expect: {webhook: {event: Gather}}], plivo: [expect: {webhook: {event: GetInput}}]}",
    ],
)
def test_words_that_all_carriers_have(step: str) -> None:
    assert complaints(step) == []


@pytest.mark.parametrize(
    ("step", "carriers", "complaint"),
    [
        (
            "carrier: {refuses: {create call: invalid numbr}}",
            "twilio, telnyx, plivo",
            "8:38 `invalid numbr` is no refusal of twilio and telnyx and plivo. Did you mean `invalid number`?",
        ),
        (
            "carrier: {refuses: {create call: 21211}}",
            "telnyx",
            "8:38 `21211` is no refusal of telnyx. It can be: invalid number, ",
        ),
        (
            "carrier: {refuses: {create call: unowned caller id}}",
            "twilio, telnyx",
            "8:38 `unowned caller id` is no refusal of telnyx. What only twilio can do goes below `only:`.",
        ),
        (
            "carrier: {refuses: {crate call: invalid number}}",
            "plivo",
            "8:25 `crate call` is no operation of plivo. Did you mean `create call`?",
        ),
        (
            "net: {drop: next reply, of: {rest: hang up cal}}",
            "telnyx",
            "8:40 `hang up cal` is no operation of telnyx. Did you mean `hang up call`?",
        ),
        (
            "net: {drop: next reply, of: {rest: speech}}",
            "twilio",
            "8:40 `speech` is no operation of twilio. It can be: ",
        ),
        (
            "expect: {request: {end: cal}}",
            "twilio",
            "8:29 `end cal` is no operation of twilio. Did you mean `end call`?",
        ),
        (
            "expect: {request: {create: call, refused: 21211}}",
            "twilio",
            "8:47 `21211` is no refusal of twilio. It can be: ",
        ),
        (
            "net: {drop: webhooks, of: {event: answered}}",
            "twilio, telnyx, plivo",
            "8:39 `answered` is no event of plivo. What only twilio and telnyx can do goes below `only:`.",
        ),
        (
            "expect: {webhook: {event: ringin}}",
            "twilio",
            "8:31 `ringin` is no event of twilio. Did you mean `ringing`?",
        ),
        (
            "only: {telnyx: [carrier: {refuses: {speak: 21220}}]}",
            "twilio, telnyx",
            "8:48 `21220` is no refusal of telnyx. It can be: ",
        ),
    ],
)
def test_words_that_a_carrier_has_not(step: str, carriers: str, complaint: str) -> None:
    (found,) = complaints(step, carriers)
    assert found.startswith(complaint)


def test_a_carrier_on_which_it_is_skipped_is_not_asked() -> None:
    text = (
        "voicecall: 1\nname: Terms\nwhy: Words.\ncarriers: [twilio, plivo]\nskip: {plivo: it tells of no answer}\n"
        "people: {anna: {phone: +15550005678}}\nsteps:\n  - net: {drop: webhooks, of: {event: answered}}\n"
        "  - anna: {calls: app}\n"
    )
    assert not check_text(text, FILE, CARRIERS)
    assert check_text(text.replace("skip", "tags").replace("{plivo: it tells of no answer}", "[a]"), FILE, CARRIERS)
