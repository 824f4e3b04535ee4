"""Plivo's own validators judge the emulator's signatures: V3 and V2, at random and over a whole call."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import parse_qsl

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plivo.utils import validate_signature, validate_v3_signature

from tests.tools.plivo_world import ANNA, APP, OWN, Stage, staged
from voicecall_sim.carriers.emulator import StreamOpening
from voicecall_sim.carriers.plivo.signature import MAIN_V2, MAIN_V3, NONCE_V2, NONCE_V3, V2, V3, sign_v2, sign_v3

TOKEN, NONCE = "AbCdEf0123456789AbCdEf0123456789AbCdEf01", "12345678901234567890"

HOSTS = st.sampled_from(["app.example", "a-b.example", "203.0.113.7", "app.example:8443", "app.example:443"])
PATHS = st.sampled_from(["", "/", "/answer", "/answer/", "/a%20b/c"])
QUERIES = st.sampled_from(["", "?a=1", "?b=1&a=2", "?a=%20&b=", "?q=x+y", "?z=2&z=1&Z=0"])
NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=10)
PARAMS = st.dictionaries(NAMES, st.text(max_size=10), max_size=8)


@given(st.sampled_from(["GET", "POST"]), HOSTS, PATHS, QUERIES, PARAMS)
def test_what_is_signed_is_accepted_and_what_was_tampered_with_is_not(
    method: str, host: str, path: str, query: str, params: dict[str, str]
) -> None:
    url = f"https://{host}{path}{query}"
    signature = sign_v3(TOKEN, method, url, NONCE, tuple(params.items()))
    assert validate_v3_signature(method, url, NONCE, TOKEN, f"other,{signature}", dict(params))
    assert not validate_v3_signature(method, url, NONCE + "1", TOKEN, signature, dict(params))
    assert not validate_v3_signature(method, url, NONCE, TOKEN[::-1], signature, dict(params))
    assert not validate_v3_signature(method, url, NONCE, TOKEN, signature, {**params, "Forged": "1"})
    older = sign_v2(TOKEN, url, NONCE)
    assert validate_signature(url, NONCE, older, TOKEN)
    assert not validate_signature(url + "x", NONCE, older, TOKEN) or bool(query)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("query", ["", "?tenant=42"])
@staged
async def test_every_webhook_of_a_call_is_accepted(stage: Stage, method: str, query: str) -> None:
    stage.phone()
    stage.account.rotate()
    stage.app.answers["/answer"] = "<Speak>Hello.</Speak>"
    urls = {f"{name}_url": f"{APP}/{name}{query}#rc=2" for name in ("answer", "ring", "hangup")}
    await stage.place(**urls, **{f"{name}_method": method for name in ("answer", "ring", "hangup")})
    await stage.over()
    assert len(stage.app.received) == 3
    for received in stage.app.received:
        url = received.url.replace("http:", "https:", 1)
        params = dict(parse_qsl(received.raw.decode(), keep_blank_values=True))
        nonce, signature = received.headers[NONCE_V3], received.headers[V3]
        for token in stage.account.tokens:
            assert validate_v3_signature(method, url, nonce, token, signature, dict(params))
        assert not validate_v3_signature(method, url, nonce, "another", signature, dict(params))
        assert (
            not validate_v3_signature(method, url, nonce, token, signature, {**params, "From": "1"}) or method == "GET"
        )
        assert validate_signature(url, received.headers[NONCE_V2], received.headers[V2], stage.account.auth_token)


@staged
async def test_the_call_of_a_sub_account_is_signed_by_both_its_tokens(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/answer"] = "<Speak>Hello.</Speak>"
    user, token = stage.account.new_sub_account()
    wish = {"from": OWN, "to": ANNA, "answer_url": f"{APP}/answer"}
    url, basic = f"https://api.plivo.com/v1/Account/{user}/Call/", b64encode(f"{user}:{token}".encode()).decode()
    async with aiohttp.ClientSession(headers={"Authorization": f"Basic {basic}"}) as session:
        async with session.post(url, json=wish) as response:
            assert response.status == 201
        async with session.get(url, params={"subaccount": user}) as response:
            assert (await response.json())["meta"]["total_count"] == 0
        await stage.over()
        async with session.get(url, params={"subaccount": user}) as response:
            assert (await response.json())["meta"]["total_count"] == 1
    (received,) = stage.app.at("/answer")
    seen, heads, params = received.url.replace("http:", "https:", 1), received.headers, dict(received.params)
    main = stage.account.auth_token
    assert params["ParentAuthID"] == stage.account.auth_id
    for one, header, older in ((token, V3, V2), (main, MAIN_V3, MAIN_V2)):
        assert validate_v3_signature("POST", seen, heads[NONCE_V3], one, heads[header], dict(params))
        assert validate_signature(seen, heads[NONCE_V2], heads[older], one)
    assert not validate_v3_signature("POST", seen, heads[NONCE_V3], main, heads[V3], dict(params))


@pytest.mark.parametrize("seen", ["https://app.example/ws?token=abc", "http://app.example/ws/websocket?token=abc"])
@staged
async def test_an_upgrade_is_accepted_as_the_vendors_servers_see_it(stage: Stage, seen: str) -> None:
    url = "wss://app.example/ws?token=abc"
    bare = StreamOpening(number=1, call_id="c", two_way=True, url=url, headers=(), shown_call_id="c")
    headers = dict(stage.carrier.sign_stream(bare).headers)
    token = stage.account.auth_token
    assert validate_v3_signature("GET", seen, headers[NONCE_V3], token, headers[V3])
    assert not validate_v3_signature("GET", seen + "d", headers[NONCE_V3], token, headers[V3])
