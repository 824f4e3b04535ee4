"""The pure parts of webhooks: overrides, cookies, authentication, places, lengths of audio."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest
from yarl import URL

from voicecall_sim.carriers.twilio.authentication import Credentials, authorization, credentials_in
from voicecall_sim.carriers.twilio.cookies import CookieJar
from voicecall_sim.carriers.twilio.courier import failure_of
from voicecall_sim.carriers.twilio.debugger import CATALOGUE
from voicecall_sim.carriers.twilio.geography import place_of
from voicecall_sim.carriers.twilio.keys import key_presses
from voicecall_sim.carriers.twilio.media import audio
from voicecall_sim.carriers.twilio.overrides import DEFAULTS, Overrides, Trouble, read_overrides
from voicecall_sim.carriers.twilio.wire import cleaned, form
from voicecall_sim.sound.code import encode, encode_ulaw
from voicecall_sim.sound.wav import wav
from voicecall_sim.world.clock import MILLISECOND, SECOND

OVERRIDES = [
    ("", DEFAULTS),
    ("ct=2000", Overrides(connect=2 * SECOND)),
    ("rt=100&rc=0", Overrides(read=100 * MILLISECOND, retries=0)),
    ("tt=10000", Overrides(total=10 * SECOND, total_given=True)),
    ("rp=5xx,ct,rt&rc=5", Overrides(policy=("5xx", "ct", "rt"), retries=5)),
    ("e=ashburn,umatilla&sni=y", DEFAULTS),
    ("chapter-1", DEFAULTS),
]


@pytest.mark.parametrize(("fragment", "overrides"), OVERRIDES)
def test_fragments(fragment: str, overrides: Overrides) -> None:
    assert read_overrides(fragment) == (overrides, ())


@pytest.mark.parametrize("fragment", ["ct=99", "ct=10001", "rt=15001", "tt=x", "rc=6", "rc=-1", "rp=3xx", "rp="])
def test_values_out_of_range_are_noted_and_change_nothing(fragment: str) -> None:
    overrides, (notice,) = read_overrides(fragment)
    assert overrides == DEFAULTS
    assert notice.code == 11243


@pytest.mark.parametrize("policy", ["ct", "rt", "4xx", "5xx", "all"])
@pytest.mark.parametrize("trouble", list(Trouble))
def test_what_a_policy_retries(policy: str, trouble: Trouble) -> None:
    assert Overrides(policy=(policy,)).retries_on(trouble) is (policy in {"all", trouble.value})


COOKIES = [
    ("a=1", "https://app.example/x", "https://app.example/y", "a=1"),
    ("a=1; Path=/x", "https://app.example/x", "https://app.example/y", ""),
    ("a=1; Path=/x", "https://app.example/x", "https://app.example/x/y", "a=1"),
    ("a=1; Path=/x", "https://app.example/x", "https://app.example/xy", ""),
    ("a=1", "https://app.example/", "https://other.example/", ""),
    ("a=1; Domain=example", "https://app.example/", "https://other.example/", "a=1"),
    ("a=1; Domain=evil.com", "https://app.example/", "https://app.example/", ""),
    ("a=1; Secure", "https://app.example/", "http://app.example/", ""),
    ("a=1; Max-Age=5", "https://app.example/", "https://app.example/", "a=1"),
    ("a=1; Max-Age=1", "https://app.example/", "https://app.example/", ""),
    ("a=1; Max-Age=0", "https://app.example/", "https://app.example/", ""),
    ("@@@", "https://app.example/", "https://app.example/", ""),
]


@pytest.mark.parametrize(("header", "set_at", "asked", "sent"), COOKIES)
def test_where_cookies_go(header: str, set_at: str, asked: str, sent: str) -> None:
    jar = CookieJar()
    jar.take(URL(set_at), [header], now=0)
    assert jar.header(URL(asked), now=2 * SECOND) == sent


def test_a_later_cookie_replaces_the_earlier() -> None:
    jar = CookieJar()
    url = URL("https://app.example/")
    jar.take(url, ["a=1", "b=2"], now=0)
    jar.take(url, ["a=3"], now=0)
    assert jar.header(url, now=0) == "a=3; b=2"


def test_digest_as_in_the_standard() -> None:
    # RFC 7616, 3.9.1 has this exchange; with MD5
    challenge = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    mufasa = Credentials("Mufasa", "Circle of Life")
    answered = authorization(
        challenge, mufasa, "GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    )
    assert answered is not None
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in answered


def test_other_schemes_are_not_answered() -> None:
    assert authorization("Bearer", Credentials("a", "b"), "GET", "/", "c") is None


def test_credentials_are_decoded() -> None:
    assert credentials_in("https://a%40b:c%3Ad@host/x") == Credentials("a@b", "c:d")
    assert credentials_in("https://host/x") is None


PLACES = [
    ("+12125550123", ("US", "NY")),
    ("+19995550123", ("US", "")),
    ("+442071234567", ("GB", "")),
    ("+353112345678", ("IE", "")),
    ("anonymous", ("", "")),
    ("client:anna", ("", "")),
    ("+9991234567", ("", "")),
]


@pytest.mark.parametrize(("number", "place"), PLACES)
def test_places(number: str, place: tuple[str, str]) -> None:
    assert place_of(number)[:2] == place


def test_keys_in_time() -> None:
    assert list(key_presses("1wW2")) == [(0, "1"), (1_700_000, "2"), (200_000, "")]
    assert list(key_presses("w")) == [(500_000, "")]
    assert list(key_presses("")) == []


def test_what_urls_may_not_hold_is_encoded_and_nothing_else() -> None:
    assert cleaned("https://h/a b?x=%20&y=ü") == "https://h/a%20b?x=%20&y=%C3%BC"


def test_forms_keep_empty_values() -> None:
    assert form([("From", "+1555"), ("City", "NEW YORK"), ("Zip", "")]) == b"From=%2B1555&City=NEW+YORK&Zip="


LENGTHS = [("audio/ulaw", 8000, SECOND), ("audio/mpeg", 16_000, SECOND), ("audio/gsm", 1650, SECOND)]


@pytest.mark.parametrize(("kind", "size", "length"), LENGTHS)
def test_how_long_audio_lasts(kind: str, size: int, length: int) -> None:
    sound = audio("https://h/a", kind, b"x" * size)
    assert sound is not None
    assert sound.duration == length
    assert not sound.spoken


@pytest.mark.parametrize("kind", ["audio/wav", "audio/wave", "audio/x-wav"])
def test_a_file_is_heard_as_it_is(kind: str) -> None:
    sound = audio("https://h/ciao.wav", kind, wav(encode("Ciao, perché", 44100), rate=44100))
    assert sound is not None
    assert (str(sound), sound.spoken, sound.text(sound.duration)) == ("ciao.wav", True, "Ciao, perché")


def test_telephone_audio_is_heard_as_it_is() -> None:
    sound = audio("https://h/", "audio/ulaw", encode_ulaw("Ciao"))
    assert sound is not None
    assert (sound.text(120_000), sound.ulaw(0, 480)) == ("Ci", encode_ulaw("C"))


def test_what_only_says_that_it_is_a_wav_lasts_as_long_as_telephone_audio_would() -> None:
    sound = audio("https://h/a", "audio/wav", b"x" * 16_000)
    assert sound is not None
    assert (sound.duration, sound.spoken) == (SECOND, False)


def certificate(verify_code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError()
    error.verify_code = verify_code
    return error


FAILURES = [
    (certificate(10), 11236),
    (certificate(62), 11235),
    (certificate(64), 11235),
    (certificate(18), 11237),
    (ssl.SSLError("wrong version number"), 11220),
    (socket.gaierror(socket.EAI_NONAME, "unknown"), 11210),
    (ConnectionRefusedError(), 11205),
    (TimeoutError(errno.ETIMEDOUT, "nobody there"), 11205),
    (OSError("Multiple exceptions"), 11205),
]


@pytest.mark.parametrize(("error", "code"), FAILURES, ids=lambda value: type(value).__name__)
def test_why_there_is_no_connection(error: OSError, code: int) -> None:
    failure = failure_of(error)
    assert failure.code == code
    assert failure.code in CATALOGUE


def test_what_is_no_audio() -> None:
    assert audio("https://h/a", "text/html", b"x") is None
