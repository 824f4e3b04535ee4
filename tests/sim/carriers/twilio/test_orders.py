"""Create requests: every validation of the Calls resource."""

from __future__ import annotations

import itertools
from urllib.parse import urlencode

import pytest

from tests.tools.paper_exchange import FROM, TO
from voicecall_sim.carriers.twilio.account import Account, Callback, Detection, Order, RecordingWish
from voicecall_sim.carriers.twilio.orders import PARAMETERS, Placed, read_order
from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.validation import read_form

URL = "https://app.example/voice"
CALLBACK = "https://app.example/status"
GOOD = {"To": TO, "From": FROM, "Url": URL}


def place(account: Account, parameters: dict[str, object]) -> Placed:
    """What a form with these parameters orders."""
    return read_order(read_form(urlencode(parameters, doseq=True).encode()), account)


def refused(account: Account, parameters: dict[str, object]) -> Refused:
    """How a form with these parameters is refused."""
    with pytest.raises(Refused) as caught:
        place(account, parameters)
    return caught.value


def test_the_least_that_is_needed(account: Account) -> None:
    placed = place(account, dict(GOOD))
    assert placed == Placed(Order(to=TO, from_=FROM, instructions=Callback(url=URL)))


def test_all_that_can_be_said(account: Account) -> None:
    account.verified.add("+14158675309")
    everything = GOOD | {
        "Method": "GET",
        "FallbackUrl": "https://app.example/fallback",
        "FallbackMethod": "GET",
        "StatusCallback": CALLBACK,
        "StatusCallbackMethod": "GET",
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": "20",
        "TimeLimit": "60",
        "CallerId": "415 867 5309",
        "Record": "true",
        "RecordingChannels": "dual",
        "RecordingTrack": "inbound",
        "RecordingStatusCallback": "https://app.example/recording",
        "RecordingStatusCallbackMethod": "GET",
        "RecordingStatusCallbackEvent": ["in-progress completed", "absent"],
        "Trim": "trim-silence",
        "MachineDetection": "DetectMessageEnd",
        "MachineDetectionTimeout": "10",
        "MachineDetectionSpeechThreshold": "1000",
        "MachineDetectionSpeechEndThreshold": "500",
        "MachineDetectionSilenceTimeout": "2000",
        "AsyncAmd": "true",
        "AsyncAmdStatusCallback": "https://app.example/amd",
        "AsyncAmdStatusCallbackMethod": "GET",
        "CallReason": "x",
        "CallToken": "x",
        "Passports": "x",
        "Byoc": "BY" + "0" * 32,
        "ClientNotificationUrl": "https://app.example/push",
        "RecordingConfigurationId": "x",
    }
    assert place(account, everything).order == Order(
        to=TO,
        from_=FROM,
        instructions=Callback(url=URL, method="GET"),
        fallback=Callback(url="https://app.example/fallback", method="GET"),
        status_callback=Callback(url=CALLBACK, method="GET"),
        status_events=("initiated", "ringing", "answered", "completed"),
        timeout=20,
        time_limit=60,
        caller_id="+14158675309",
        recording=RecordingWish(
            channels="dual",
            track="inbound",
            trim="trim-silence",
            callback=Callback(url="https://app.example/recording", method="GET"),
            events=("in-progress", "completed", "absent"),
        ),
        detection=Detection(
            mode="DetectMessageEnd",
            asynchronous=True,
            callback=Callback(url="https://app.example/amd", method="GET"),
            timeout=10,
            speech_threshold=1000,
            speech_end_threshold=500,
            silence_timeout=2000,
        ),
    )
    assert set(everything) <= PARAMETERS


@pytest.mark.parametrize("given", list(itertools.product([False, True], repeat=5)))
def test_what_is_missed_first(account: Account, given: tuple[bool, ...]) -> None:
    """Over every subset of To, From, Url, Twiml, ApplicationSid."""
    application = account.new_application(Callback(url="https://app.example/app"))
    whole = {"To": TO, "From": FROM, "Url": URL, "Twiml": "<Response/>", "ApplicationSid": application.sid}
    form = {name: value for (name, value), here in zip(whole.items(), given, strict=True) if here}
    if "To" not in form:
        assert refused(account, form).code == 21201
    elif not {"Url", "Twiml", "ApplicationSid"} & set(form):
        assert refused(account, form).message == "Url parameter is required."
    elif "From" not in form:
        assert refused(account, form).code == 21213
    else:
        order = place(account, form).order
        first = next(name for name in ("ApplicationSid", "Url", "Twiml") if name in form)
        expected = {"ApplicationSid": application.voice, "Url": Callback(url=URL), "Twiml": "<Response/>"}
        assert order.instructions == expected[first]
        assert order.application_sid == (application.sid if first == "ApplicationSid" else None)


# parameter, value, code: each alone spoils a good request
SPOILERS: list[tuple[str, object, int]] = [
    ("To", "", 21201),
    ("From", "", 21213),
    ("Url", "", 21205),
    ("Url", "app.example/voice", 21205),
    ("Url", "http://localhost:3000/voice", 21205),
    ("To", "+18667786", 21211),
    ("To", "+17890987654465", 21211),
    ("To", "!!###$%", 21211),
    ("To", FROM, 21211),
    ("To", "(555) 000-1234", 21211),
    ("To", "sip:", 21211),
    ("From", "+18667786", 21212),
    ("From", "!!###$%", 21212),
    ("From", "+0800918468", 21212),
    ("From", "client:anna", 21212),
    ("From", "gdygadba", 21210),
    ("From", "gygyg2288", 21210),
    ("From", "+861057684080", 21210),
    ("CallerId", "+861057684080", 21210),
    ("CallerId", "+1", 21212),
    ("To", "+15005550001", 21217),
    ("To", "+15005550002", 21214),
    ("To", "+15005550003", 21215),
    ("To", "+15005550004", 21216),
    ("SendDigits", "12x", 21206),
    ("SendDigits", "1" * 33, 21206),
    ("SendDigits", "ww\n1", 21206),
    ("Timeout", "0", 21208),
    ("Timeout", "601", 21208),
    ("Timeout", "-1", 21208),
    ("Timeout", "1.5", 21208),
    ("Timeout", "ten", 21208),
    ("Timeout", "٣", 21208),
    ("TimeLimit", "0", 20001),
    ("TimeLimit", "14401", 20001),
    ("Method", "PUT", 21209),
    ("Method", "get", 21209),
    ("FallbackMethod", "x", 21209),
    ("StatusCallbackMethod", "x", 21209),
    ("RecordingStatusCallbackMethod", "x", 21209),
    ("AsyncAmdStatusCallbackMethod", "x", 21209),
    ("FallbackUrl", "x", 21205),
    ("RecordingStatusCallback", "x", 21205),
    ("AsyncAmdStatusCallback", "x", 21205),
    ("ClientNotificationUrl", "x", 21205),
    ("StatusCallback", "http://localhost:8000/x", 21609),
    ("StatusCallback", "https://under_score.example/x", 21609),
    ("ApplicationSid", "AP" + "0" * 32, 21218),
    ("ApplicationSid", "x", 21218),
    ("Record", "yes", 20001),
    ("RecordingChannels", "both", 20001),
    ("RecordingTrack", "x", 20001),
    ("Trim", "x", 20001),
    ("AsyncAmd", "1", 20001),
    ("Byoc", "BYx", 20001),
    ("MachineDetection", "true", 21234),
    ("MachineDetection", "enable", 21234),
]


def test_each_parameter_alone_spoils_a_request(account: Account) -> None:
    extra = {"AsyncAmd": {"MachineDetection": "Enable"}}
    asked = [GOOD | extra.get(name, {}) | {name: value} for name, value, _ in SPOILERS]
    found = [(name, value, refused(account, form).code) for (name, value, _), form in zip(SPOILERS, asked, strict=True)]
    assert found == SPOILERS


BOUNDS = {
    "Timeout": (1, 600, 21208),
    "TimeLimit": (1, 14_400, 20001),
    "MachineDetectionTimeout": (3, 59, 21234),
    "MachineDetectionSpeechThreshold": (1000, 6000, 21234),
    "MachineDetectionSpeechEndThreshold": (500, 5000, 21234),
    "MachineDetectionSilenceTimeout": (2000, 10_000, 21234),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_numbers_have_bounds_and_both_belong(account: Account, name: str) -> None:
    low, high, code = BOUNDS[name]
    form = GOOD | {"MachineDetection": "Enable"}
    assert place(account, form | {name: str(low)})
    assert place(account, form | {name: str(high)})
    assert refused(account, form | {name: str(low - 1)}).code == code
    assert refused(account, form | {name: str(high + 1)}).code == code


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("+1555", "The phone number you are attempting to call, +1555, is not valid."),
        ("+15005550004", "Account not allowed to call +15005550004"),
        (
            "+15005550003",
            "Account not authorized to call +15005550003. Perhaps you need to enable some international permissions: "
            "https://www.twilio.com/console/voice/calls/geo-permissions/low-risk",
        ),
    ],
)
def test_texts_as_they_were_observed(account: Account, to: str, message: str) -> None:
    assert refused(account, GOOD | {"To": to}).message == message


def test_the_text_of_an_unowned_caller(account: Account) -> None:
    assert refused(account, GOOD | {"From": "+861057684080"}).message == (
        "The source phone number provided, +861057684080, is not yet verified for your account. You may only make "
        "calls from phone numbers that you've verified or purchased from Twilio."
    )
    assert refused(account, GOOD | {"From": "+0800918468"}).message == "From is not a valid phone number: +0800918468"


@pytest.mark.parametrize(
    ("written", "dialled"),
    [("555 000 5678", TO), ("1 (555) 000-5678", TO), ("gdygadba", "+43942322"), ("+43942322", "+43942322")],
)
def test_numbers_are_dialled_in_their_e164_form(account: Account, written: str, dialled: str) -> None:
    assert place(account, GOOD | {"To": written, "From": "5550001234"}).order.to == dialled


def test_terms_of_a_trial(account: Account) -> None:
    account.terms.trial = True
    assert refused(account, dict(GOOD)).code == 21219
    account.verified.add(TO)
    assert place(account, dict(GOOD)).order.to == TO


def test_geographic_permissions(account: Account) -> None:
    account.terms.regions = ("+1", "+44")
    assert refused(account, GOOD | {"To": "+4915112345678"}).code == 21215
    assert place(account, GOOD | {"To": "+442071838750"})


def test_an_account_may_allow_longer_calls(account: Account) -> None:
    account.terms.time_limit = 86_400
    assert place(account, GOOD | {"TimeLimit": "86400"}).order.time_limit == 86_400


def test_local_urls_only_where_they_are_allowed(account: Account) -> None:
    account.terms.local_urls = True
    assert place(account, GOOD | {"Url": "http://localhost:3000/voice"})


def test_digits_switch_detection_off(account: Account) -> None:
    order = place(account, GOOD | {"SendDigits": "wW12AD#*", "MachineDetection": "Enable"}).order
    assert order.send_digits == "wW12AD#*"
    assert order.detection is None


def test_what_is_said_of_recording_counts_only_with_record(account: Account) -> None:
    assert place(account, GOOD | {"RecordingChannels": "dual", "Record": "false"}).order.recording is None


def test_twiml_has_a_longest_form(account: Account) -> None:
    form = {"To": TO, "From": FROM}
    assert place(account, form | {"Twiml": "x" * 4000}).order.instructions == "x" * 4000
    assert refused(account, form | {"Twiml": "x" * 4001}).code == 20001
    assert place(account, GOOD | {"Twiml": "x" * 4001}).order.instructions == Callback(url=URL)


def test_an_application_brings_its_own_callbacks(account: Account) -> None:
    application = account.new_application(
        Callback(url="https://a.example/v"), None, Callback(url="https://a.example/s")
    )
    order = place(account, GOOD | {"ApplicationSid": application.sid, "StatusCallback": "not judged"}).order
    assert order.status_callback == application.status_callback
    assert refused(account, GOOD | {"ApplicationSid": account.new_application(None).sid}).code == 21205


@pytest.mark.parametrize(
    ("events", "heard"),
    [
        ([], ("completed",)),
        (["ringing"], ("ringing",)),
        (["initiated", "ringing", "answered", "completed"], ("initiated", "ringing", "answered", "completed")),
    ],
)
def test_each_event_stands_alone(account: Account, events: list[str], heard: tuple[str, ...]) -> None:
    placed = place(account, GOOD | {"StatusCallback": CALLBACK, "StatusCallbackEvent": events})
    assert placed.order.status_events == heard
    assert placed.order.status_callback == Callback(url=CALLBACK)
    assert placed.warnings == ()


@pytest.mark.parametrize(
    "events", [["initiated ringing"], ["initiated,ringing"], ["busy"], ["Ringing"], ["ringing", "bogus"]]
)
def test_events_in_one_value_silence_the_callback(account: Account, events: list[str]) -> None:
    placed = place(account, GOOD | {"StatusCallback": CALLBACK, "StatusCallbackEvent": events})
    assert placed.order.status_callback is None
    assert [code for code, _ in placed.warnings] == [21626]


@pytest.mark.parametrize(
    ("events", "heard", "codes"),
    [
        ("", ("completed",), []),
        ("in-progress absent", ("in-progress", "absent"), []),
        ("in-progress bogus", ("completed",), [13621]),
    ],
)
def test_recording_events_may_share_a_value(
    account: Account, events: str, heard: tuple[str, ...], codes: list[int]
) -> None:
    form = GOOD | {"Record": "true", "RecordingStatusCallback": CALLBACK, "RecordingStatusCallbackEvent": events}
    placed = place(account, form)
    assert placed.order.recording is not None
    assert placed.order.recording.events == heard
    assert (placed.order.recording.callback is None) is bool(codes)
    assert [code for code, _ in placed.warnings] == codes


SIP = {"To": "sip:anna@pbx.example", "From": "anna", "Url": URL}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"SipAuthUsername": "u"}, 21225),
        ({"SipAuthUsername": "u" * 256, "SipAuthPassword": "p"}, 21221),
        ({"SipAuthUsername": "u u", "SipAuthPassword": "p"}, 21222),
        ({"SipAuthUsername": "u", "SipAuthPassword": "p" * 256}, 21223),
        ({"SipAuthUsername": "u", "SipAuthPassword": "p\tp"}, 21224),
        ({"To": "sip:anna@pbx.example?X-A=" + "a" * 1024}, 21227),
        ({"To": "sip:anna@pbx.example?X A=1"}, 21228),
        ({"To": "sip:anna@pbx.example?X-A=a b"}, 21229),
        ({"To": "sip:@"}, 21211),
    ],
)
def test_calls_over_sip(account: Account, change: dict[str, str], code: int) -> None:
    assert place(account, SIP | {"SipAuthUsername": "u" * 255, "SipAuthPassword": "p" * 255}).order.from_ == "anna"
    assert place(account, SIP | {"To": "sips:anna@pbx.example?X-A=1&X-B=2"})
    assert refused(account, SIP | change).code == code


def test_sip_may_be_switched_off(account: Account) -> None:
    account.terms.sip = False
    assert refused(account, dict(SIP)).code == 21226


@pytest.mark.parametrize(("from_", "code"), [("client:bob", None), (FROM, None), ("+861057684080", 21210)])
def test_calls_to_clients(account: Account, from_: str, code: int | None) -> None:
    form = {"To": "client:anna", "From": from_, "Url": URL}
    if code is None:
        assert place(account, form).order.to == "client:anna"
    else:
        assert refused(account, form).code == code
