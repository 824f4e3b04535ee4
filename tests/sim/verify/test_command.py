"""`voicecall-sim verify`, `sign` and `keys`, as people run them, against an endpoint on a port of this machine."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from defusedxml.ElementTree import parse
from multidict import CIMultiDict
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.sim.verify.endpoints import CAREFUL, KEY, SEED, TOKEN, Check, Seen
from voicecall_sim.carriers import CARRIERS
from voicecall_sim.cli import main
from voicecall_sim.verify.cases import battery, verifiable
from voicecall_sim.verify.page import markdown
from voicecall_sim.verify.secrets import variable

ROOT = Path(__file__).parents[3]
PUBLIC = "https://voice.example.com/voice/webhook"

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the command with an account's secrets in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in CARRIERS:
        monkeypatch.delenv(f"{name.upper()}_AUTH_TOKEN", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PRIVATE_KEY", raising=False)
    return lambda *arguments, **env: CliRunner().invoke(main, list(arguments), env=env, catch_exceptions=False)


def serving(server: HTTPServer, check: Check) -> str:
    """The address of an endpoint behind a proxy that ends TLS, whose public URL is `PUBLIC`."""

    def handle(request: Request) -> Response:
        url = f"{request.headers['X-Forwarded-Proto']}://{request.headers['X-Forwarded-Host']}{request.environ['RAW_URI']}"
        seen = Seen(request.method, url, CIMultiDict(request.headers.items()), request.get_data())
        return Response("taken") if check(seen) else Response(status=403)

    server.expect_request("/voice/webhook").respond_with_handler(handle)
    return str(server.url_for("/voice/webhook"))


def believes_who_says_admin(seen: Seen) -> bool:
    return b"Transfer+everything" in seen.body or CAREFUL["twilio"](seen)


pytestmark = pytest.mark.loopback
QUICK = ("-k", "form", "-k", "parameter", "-k", "signature-missing", "-k", "wrong-key")


def test_all_is_well(run: Run, httpserver: HTTPServer) -> None:
    url = serving(httpserver, CAREFUL["twilio"])
    done = run("verify", url, "--carrier", "twilio", "--public-url", PUBLIC, *QUICK, TWILIO_AUTH_TOKEN=TOKEN)
    assert done.exit_code == 0, done.output
    assert "✓ twilio  parameter-removed" in done.output
    assert done.output.splitlines()[-1] == "18 passed"
    assert TOKEN not in done.output


def test_a_failure_is_told_with_its_reason_on_the_screen_and_in_files(
    run: Run, httpserver: HTTPServer, tmp_path: Path
) -> None:
    url = serving(httpserver, believes_who_says_admin)
    how = ("--public-url", PUBLIC, "--json", "out/all.json", "--junit", "out/all.xml")
    done = run("verify", url, "--carrier", "twilio", *how, *QUICK, "--auth-token", TOKEN)
    assert done.exit_code == 1
    assert "✗ twilio  parameter-added                   answered 200" in done.output
    assert "failed  twilio:parameter-added: must be refused; answered 200\n  Words in somebody's mouth." in done.output
    whole = json.loads((tmp_path / "out/all.json").read_text())
    assert whole["good"] is False
    (bad,) = [row for row in whole["results"] if row["verdict"] == "failed"]
    assert (bad["name"], bad["status"], bad["why"]) == ("parameter-added", 200, "Words in somebody's mouth.")
    suite = parse(tmp_path / "out/all.xml").getroot().find("testsuite")
    assert suite.attrib["name"] == "twilio"
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("18", "1")
    assert suite.find("testcase[@name='parameter-added']/failure").attrib["message"] == "must be refused; answered 200"
    for text in (done.output, (tmp_path / "out/all.json").read_text(), (tmp_path / "out/all.xml").read_text()):
        assert TOKEN not in text


def test_two_carriers_at_one_url_each_with_its_secret(run: Run, httpserver: HTTPServer) -> None:
    def both(seen: Seen) -> bool:
        return any(CAREFUL[name](seen) for name in ("telnyx", "plivo"))

    url = serving(httpserver, both)
    keys = ("--private-key", f"telnyx={SEED}", "--auth-token", f"plivo={TOKEN}")
    words = ("-k", "event", "-k", "wrong-key", "-k", "v3-alone", "-k", "scheme-of-twilio")
    done = run("verify", url, "--carrier", "telnyx", "--carrier", "plivo", "--public-url", PUBLIC, *keys, *words)
    assert done.exit_code == 0, done.output
    assert "✓ telnyx  event" in done.output
    assert "✓ plivo   v3-alone" in done.output


@pytest.mark.parametrize(
    ("expect", "code"), [("", 0), ("refused=403", 0), ("refused=401|403", 0), ("refused=401", 1), ("ok=204", 1)]
)
def test_what_counts_as_taken_and_refused(run: Run, httpserver: HTTPServer, expect: str, code: int) -> None:
    url = serving(httpserver, CAREFUL["twilio"])
    how = ("--public-url", PUBLIC, "--expect", expect, "--auth-token", TOKEN)
    assert run("verify", url, "--carrier", "twilio", *how, "-k", "wrong-key", "-k", "form").exit_code == code


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no URL": (("--carrier", "twilio"), "give a URL and at least one --carrier"),
    "no carrier": (("http://127.0.0.1:1/voice",), "give a URL and at least one --carrier"),
    "unknown carrier": (("http://127.0.0.1:1/voice", "--carrier", "acme"), "there is no carrier 'acme'"),
    "no secret": (("http://127.0.0.1:1/voice", "--carrier", "twilio"), "set TWILIO_AUTH_TOKEN, or give --auth-token"),
    "no key": (("http://127.0.0.1:1/voice", "--carrier", "telnyx"), "set TELNYX_PRIVATE_KEY, or give --private-key"),
    "not a key": (
        ("http://127.0.0.1:1/voice", "--carrier", "telnyx", "--private-key", "c2VzYW1l"),
        "expected the seed of an Ed25519 key pair",
    ),
    "not a URL": (("voice", "--carrier", "twilio", "--auth-token", "1"), "'voice' is not an HTTP address"),
    "expectation": (
        ("http://a.test/", "--carrier", "twilio", "--auth-token", "1", "--expect", "taken=1"),
        "'taken=1' is not of the form ok=200-299",
    ),
    "statuses": (
        ("http://a.test/", "--carrier", "twilio", "--auth-token", "1", "--expect", "ok=299-200"),
        "'299-200' is no status such as 401",
    ),
    "no such case": (
        ("http://a.test/", "--carrier", "twilio", "--auth-token", "1", "-k", "zebra"),
        "no case has that in its name",
    ),
    "nobody there": (("http://127.0.0.1:1/voice", "--carrier", "twilio", "--auth-token", "1"), "cannot connect to"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage(run: Run, name: str) -> None:
    arguments, said = WRONG[name]
    done = run("verify", *arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert "c2VzYW1l" not in done.output


@pytest.mark.parametrize("command", ["verify", "sign"])
def test_the_help_names_the_carriers_and_where_their_secrets_are(run: Run, command: str) -> None:
    told = run(command, "--help").output
    rows = [line.split(maxsplit=1) for line in told.rpartition("signs with:\n")[2].splitlines()]
    assert [name for name, _ in rows] == list(verifiable())
    assert all(where == f"{variable(name)}, or --{battery(name).secret}" for name, where in rows)


def test_the_list(run: Run) -> None:
    done = run("verify", "--list", "--carrier", "plivo", "-k", "rotation")
    assert done.output.splitlines() == [
        "plivo:rotation-new-first  ok",
        "plivo:rotation-new-last  ok",
        "plivo:rotation-with-blanks  ok (noted)",
    ]


def test_the_page_is_up_to_date(run: Run) -> None:
    page = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    assert page == markdown(), "make it again: voicecall-sim verify --list --markdown > docs/verify.md"
    assert run("verify", "--list", "--markdown").output == page


def test_a_key_pair(run: Run) -> None:
    seed, public = (line.partition("=")[2] for line in run("keys").output.splitlines())
    assert len(seed) == len(public) == 44
    assert run("sign", "--carrier", "telnyx", "--url", PUBLIC, TELNYX_PRIVATE_KEY=seed).exit_code == 0
    assert run("keys").output.partition("\n")[0] != f"TELNYX_PRIVATE_KEY={seed}"


# --- sign -------------------------------------------------------------------------------------------------------


def told(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.output
    whole: dict[str, Any] = json.loads(done.output)
    return whole


def test_signed_as_published(run: Run) -> None:
    """The example of Twilio's documents."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    params = ["CallSid=CA1234567890ABCDE", "Caller=+14158675309", "Digits=1234", "From=+14158675309", "To=+18005551212"]
    arguments = [word for param in params for word in ("--param", param)]
    whole = told(run("sign", "--carrier", "twilio", "--url", url, *arguments, "--auth-token", "12345", "--json"))
    assert ["X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="] in whole["headers"]
    assert whole["url"] == url


def test_signed_with_a_nonce_and_at_a_time(run: Run) -> None:
    how = ("--param", "a=1", "--nonce", "12345", "--auth-token", TOKEN, "--json")
    whole = told(run("sign", "--carrier", "plivo", "--url", PUBLIC, *how))
    assert ["X-Plivo-Signature-V3-Nonce", "12345"] in whole["headers"]
    how = ("--body", '{"data":{"event_type":"call.initiated"}}', "--timestamp", "1700000000", "--private-key")
    whole = told(run("sign", "--carrier", "telnyx", "--url", PUBLIC, *how, SEED, "--json"))
    published = "aBuTQ1AtxQGraK6PrtJP6VW9Mu+R2aG6TbxS7lim9/ia8dN94a42JYoTifASA18z3xe+GLlYfveWOuyyKq7OCw=="
    assert ["telnyx-signature-ed25519", published] in whole["headers"]
    assert KEY


@pytest.mark.parametrize("text", ['it\'s $(date) `x` "y" \\ !', "ü 你好", "a\nb", "@file", "&b=c"])
def test_the_curl_line_survives_a_shell(run: Run, text: str, tmp_path: Path) -> None:
    """A shell hands curl exactly what was signed."""
    done = run("sign", "--carrier", "twilio", "--url", PUBLIC, "--body", text, TWILIO_AUTH_TOKEN=TOKEN)
    script = "curl() { printf '%s\\0' \"$@\"; }\n" + done.output
    words = subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout.decode().split("\0")[:-1]
    assert words == shlex.split(done.output)[1:]
    assert words[words.index("--data-raw") + 1] == text
    assert TOKEN not in done.output


def test_the_curl_line_goes_elsewhere_with_the_public_names(run: Run) -> None:
    how = ("--to", "http://127.0.0.1:3334/hook", "--auth-token", TOKEN, "--method", "GET", "--param", "a=b c")
    words = shlex.split(run("sign", "--carrier", "twilio", "--url", PUBLIC, *how).output)
    assert "http://127.0.0.1:3334/hook?a=b+c" in words
    for header in ("Host: voice.example.com", "X-Forwarded-Proto: https", "X-Forwarded-Host: voice.example.com"):
        assert header in words
    assert "--data-raw" not in words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--param", "novalue"), "'novalue' is not of the form NAME=VALUE"),
        (("--param", "a=1", "--body", "x"), "parameters or a body of another kind"),
        (("--method", "GET", "--body", "x"), "a GET has no body"),
        (("--to", "elsewhere"), "'elsewhere' is not an HTTP address"),
    ],
)
def test_what_cannot_be_signed(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("sign", "--carrier", "twilio", "--url", PUBLIC, "--auth-token", "1", *arguments)
    assert done.exit_code == 2
    assert said in done.output


# --- an application in Python -----------------------------------------------------------------------------------


def test_an_application_by_its_name(run: Run, tmp_path: Path) -> None:
    """Served in virtual time; several carriers at one door."""
    (tmp_path / "door_for_two.py").write_text(
        "from tests.sim.verify.endpoints import application, plivo, twilio\n"
        "app = application(lambda seen: twilio(seen) or plivo(seen))\n"
    )
    carriers = ("--carrier", "twilio", "--carrier", "plivo", "--auth-token", TOKEN)
    done = run("verify", "door_for_two:app", *carriers, "--json", "all.json")
    assert done.exit_code == 0, done.output
    assert "✓ plivo   rotation-new-last" in done.output
    whole = json.loads((tmp_path / "all.json").read_text())
    assert (whole["endpoint"], whole["good"]) == ("door_for_two:app", True)


@pytest.mark.parametrize(("target", "said"), [("nowhere_at_all:app", "No module named"), ("json:nothing", "nothing")])
def test_an_application_that_is_not_there(run: Run, target: str, said: str) -> None:
    done = run("verify", target, "--carrier", "twilio", "--auth-token", TOKEN)
    assert done.exit_code == 2
    assert f"'{target}' is no application" in done.output
    assert said in done.output
