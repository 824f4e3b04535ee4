"""The battery in a team's tests: an ASGI application with the vendor's validator, a mocked client, a small server."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

import httpx
import plivo.utils
import pytest
import respx
import telnyx
from fastapi import FastAPI, Request, Response
from multidict import CIMultiDict, MultiDict
from pytest_httpserver import HTTPServer
from twilio.request_validator import RequestValidator
from werkzeug import Request as WsgiRequest
from werkzeug import Response as WsgiResponse
from werkzeug.serving import WSGIRequestHandler

from tests.sim.verify.endpoints import CAREFUL, KEY, SECRETS, TOKEN, Seen
from voicecall_sim.carriers import CARRIERS
from voicecall_sim.verify import Result, SignaturesWrong, Verdict, verify_signatures

Verify = Callable[..., Sequence[Result]]
PUBLIC = "https://voice.example.com/twilio/voice"


def named(results: Sequence[Result], verdict: Verdict) -> set[str]:
    return {result.case.name for result in results if result.verdict is verdict}


# --- an ASGI application ----------------------------------------------------------------------------------------


def fastapi_app(*, knows_forms_alone: bool) -> FastAPI:
    """The vendor's validator as its documents show it; with or without a look at the content type."""
    app = FastAPI()
    validator = RequestValidator(TOKEN)

    @app.api_route("/twilio/voice", methods=["GET", "POST"])
    async def voice(request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        if knows_forms_alone and request.method == "POST" and "x-www-form-urlencoded" not in kind:
            return Response(status_code=415)
        form = MultiDict(parse_qsl(await read_form(request), keep_blank_values=True))
        signature = request.headers.get("x-twilio-signature", "")
        if not validator.validate(str(request.url), form, signature):
            return Response(status_code=403)
        return Response("<Response/>", media_type="text/xml")

    return app


async def read_form(request: Request) -> str:
    kind = request.headers.get("content-type", "")
    return (await request.body()).decode("utf-8", "replace") if "x-www-form-urlencoded" in kind else ""


def test_an_asgi_application_with_the_vendors_validator(voicecall_verify: Verify) -> None:
    app = fastapi_app(knows_forms_alone=True)
    with pytest.raises(SignaturesWrong) as wrong:
        voicecall_verify(app, carrier="twilio", auth_token=TOKEN, public_url=PUBLIC)
    # uvicorn waits for a body as long as its sender likes
    assert named(wrong.value.results, Verdict.FAILED) == {"slow-body"}


def test_the_vendors_validator_says_nothing_of_bodies_that_are_no_form(voicecall_verify: Verify) -> None:
    app = fastapi_app(knows_forms_alone=False)
    with pytest.raises(SignaturesWrong) as wrong:
        voicecall_verify(app, carrier="twilio", auth_token=TOKEN, public_url=PUBLIC, only=["body-is", "json-of"])
    assert named(wrong.value.results, Verdict.FAILED) == {
        "body-is-json-without-hash",
        "body-is-plain-text",
        "body-is-multipart",
        "json-of-another-hash",
    }
    told = str(wrong.value)
    assert "failed  twilio:body-is-json-without-hash: must be refused; answered 200" in told
    assert "parameters are empty for the check, and full for the" in told
    assert TOKEN not in told


# --- a mocked client --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier", CARRIERS)
def test_respx_stands_for_the_endpoint(carrier: str) -> None:
    """A handler that is a function is reached through an httpx client whose answers respx gives."""

    def answer(request: httpx.Request) -> httpx.Response:
        target = request.extensions["target"].decode()
        headers = CIMultiDict(request.headers.multi_items())
        seen = Seen(request.method, f"https://voice.example.com{target}", headers, request.content)
        return httpx.Response(200 if CAREFUL[carrier](seen) else 403, text="taken")

    with respx.mock() as router:
        router.route(host="voice.example.com").mock(side_effect=answer)
        results = verify_signatures(
            "https://voice.example.com/voice/webhook",
            carrier=carrier,
            only=["form", "event", "value", "signature-m", "wrong", "key", "query", "scheme"],
            client=httpx.AsyncClient(),
            **SECRETS[carrier],  # type: ignore[arg-type]
        )
    assert named(results, Verdict.FAILED) == set()
    assert len(named(results, Verdict.PASSED)) > 8


# --- a small server ---------------------------------------------------------------------------------------------


def raw_url(request: WsgiRequest) -> str:
    """The URL as it was requested. `request.url` is decoded and encoded again."""
    return f"http://{request.host}{request.environ['RAW_URI']}"


def by_twilio(request: WsgiRequest, url: Callable[[WsgiRequest], str] = raw_url) -> bool:
    validator, signature = RequestValidator(TOKEN), request.headers.get("X-Twilio-Signature", "")
    if request.method == "GET" or request.mimetype == "application/x-www-form-urlencoded":
        return bool(validator.validate(url(request), request.form, signature))
    raw = request.get_data(as_text=True)
    return "bodySHA256" in request.args and bool(validator.validate(url(request), raw, signature))


def by_twilio_with_werkzeugs_url(request: WsgiRequest) -> bool:
    return by_twilio(request, lambda request: request.url)


@functools.cache
def telnyx_client() -> telnyx.Telnyx:
    return telnyx.Telnyx(api_key="KEY0", public_key=KEY)


def by_telnyx(request: WsgiRequest) -> bool:
    try:
        telnyx_client().webhooks.unwrap(request.get_data(as_text=True), headers=dict(request.headers))
    except ValueError:
        return False
    return True


def by_plivo(request: WsgiRequest) -> bool:
    if request.get_data() and request.mimetype != "application/x-www-form-urlencoded":
        return False
    nonce = request.headers.get("X-Plivo-Signature-V3-Nonce", "")
    given = request.headers.get("X-Plivo-Signature-V3", "")
    params: dict[str, Any] = {name: values[0] if len(values) == 1 else values for name, values in request.form.lists()}
    return bool(
        nonce and given and plivo.utils.validate_v3_signature(request.method, request.url, nonce, TOKEN, given, params)
    )


FAULTS: list[tuple[str, Callable[[WsgiRequest], bool], set[str]]] = [
    ("twilio", by_twilio, set()),
    # the framework's own URL has %2F for %2f, and %20 for a plus: the battery's point
    ("twilio", by_twilio_with_werkzeugs_url, {"get", "query-encoded", "query-encoded-in-lower-case"}),
    # the client reads JSON as soon as it has verified; that it has no answer to a TeXML form but an error is noted only
    ("telnyx", by_telnyx, set()),
    ("plivo", by_plivo, set()),
]


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("carrier", "judge", "wanted"), FAULTS, ids=[f"{carrier}-{judge.__name__}" for carrier, judge, _ in FAULTS]
)
def test_the_vendors_validators_behind_a_small_server(
    carrier: str,
    judge: Callable[[WsgiRequest], bool],
    wanted: set[str],
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # without it werkzeug waits for a body as long as its sender likes
    monkeypatch.setattr(WSGIRequestHandler, "timeout", 1.0)

    def handle(request: WsgiRequest) -> WsgiResponse:
        return WsgiResponse(status=200 if judge(request) else 403)

    httpserver.expect_request("/voice").respond_with_handler(handle)
    try:
        results = verify_signatures(httpserver.url_for("/voice"), carrier=carrier, patience=30, **SECRETS[carrier])  # type: ignore[arg-type]
    except SignaturesWrong as wrong:
        results = wrong.results
    assert named(results, Verdict.FAILED) == wanted
