"""Webhooks on their way: composed, signed, sent, retried, journaled. Which ones are sent when is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import aiohttp

from voicecall_sim.carriers.emulator import Interference, Outgoing
from voicecall_sim.carriers.plivo import courier, ids
from voicecall_sim.carriers.plivo.account import Account, Callback
from voicecall_sim.carriers.plivo.courier import Answer, Courier, Failure, Reply
from voicecall_sim.carriers.plivo.overrides import DEFAULTS, Overrides, read_overrides
from voicecall_sim.carriers.plivo.signature import HEADERS, Pairs, in_order, webhook_headers
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.surroundings import Surroundings

XML_LIMIT: Final = 100 * 1024
FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
USER_AGENT: Final = ("User-Agent", "Plivo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A webhook to be delivered. `kind` and `event` as in `Outgoing`; `limit` is the longest body wanted.

    `settings` are the ones to go by whatever the URL says; None: those of the URL's fragment.
    """

    kind: str
    event: str
    call_uuid: str
    callback: Callback
    params: Mapping[str, str]
    limit: int = XML_LIMIT
    settings: Overrides | None = None


class PostOffice:
    """Delivers webhooks. `sent` holds every attempt that left, in order."""

    def __init__(
        self,
        name: str,
        surroundings: Surroundings,
        account: Account,
        tasks: Tasks,
        interference: Callable[[], Interference],
    ) -> None:
        self.sent: list[Outgoing] = []
        self.numbers: dict[str, int] = {}
        """The number of the network's call that a call's identifier belongs to."""
        self.surroundings = surroundings
        self.account = account
        self.tasks = tasks
        self.interference = interference
        self._name = name
        self._count = 0
        self._courier: Courier | None = None
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the HTTP client."""
        self._session = courier.new_session()
        self._courier = Courier(self._session)

    async def close(self) -> None:
        """Close it."""
        if self._session is not None:
            await self._session.close()

    async def deliver(self, errand: Errand) -> Answer:
        """Send one webhook, as often as its settings allow, and return how it ended."""
        self._count += 1
        base, _, fragment = errand.callback.url.partition("#")
        settings = read_overrides(fragment) if errand.settings is None else errand.settings
        return await Round(self, self._count, errand, cleaned(base), settings).run()

    async def transmit(self, hook: Outgoing, settings: Overrides, total: Micros, limit: int) -> Answer:
        """Send these bytes, and journal what came of it."""
        if self._courier is None:
            raise RuntimeError("the carrier has not been started; await its start() first")
        self.sent.append(hook)
        answer = await self._courier.carry(hook, connect=settings.connect, read=settings.read, total=total, limit=limit)
        self.journal(hook, answer)
        return answer

    async def send_again(self, hook: Outgoing, delay: Micros = 0) -> int:
        """Send bytes that are nobody's errand: a duplicate, a replay, a forgery. The status answered, 0 for none."""
        await pass_time(delay)
        answer = await self.transmit(hook, DEFAULTS, DEFAULTS.total, XML_LIMIT)
        return answer.status if isinstance(answer, Reply) else 0

    def signed(self, hook: Outgoing) -> Outgoing:
        """The webhook with new signatures, and the body, of its present URL and parameters."""
        post = hook.method == "POST"
        covered = hook.params if post else ()
        nonce = ids.new_nonce(self.surroundings.chance)
        changed = replace(hook, signed_url=hook.url, body=form(hook.params) if post else b"")
        for name in HEADERS:
            changed = changed.with_header(name, None)
        owner = self.account.tokens_of(hook.call_id)
        made = webhook_headers(owner, hook.method, hook.url, nonce, covered, main=self.account.tokens)
        return replace(changed, headers=(*changed.headers, *made.items()))

    def journal(self, hook: Outgoing, answer: Answer) -> None:
        """Write one attempt that is over."""
        data: dict[str, object] = {
            "number": hook.number,
            "attempt": hook.attempt,
            "kind": hook.kind,
            "event": hook.event,
            "call": self.numbers.get(hook.call_id, 0),
            "url": hook.url,
            "params": dict(sorted(hook.params)),
            "status": answer.status if isinstance(answer, Reply) else 0,
        }
        if isinstance(answer, Failure):
            data["error"] = answer.error
        self.surroundings.journal.write(self._name, "webhook", data, partial(evidence, hook, answer))


class Round:
    """One webhook on its way: its attempts share the number, each has a nonce of its own."""

    def __init__(self, office: PostOffice, number: int, errand: Errand, url: str, settings: Overrides) -> None:
        self._office = office
        self._number = number
        self._errand = errand
        self._url = url
        self._settings = settings
        self._clock = office.surroundings.clock
        self._deadline = self._clock.now() + settings.total
        self._attempts = 0

    async def run(self) -> Answer:
        """All attempts that the settings allow."""
        if not requestable(self._url):
            return courier.INVALID_URL
        answer = await self._attempt()
        for _ in range(self._settings.retries):
            if answer.trouble is None or not self._settings.retries_on(answer.trouble):
                break
            answer = await self._attempt()
        return answer

    async def _attempt(self) -> Answer:
        self._attempts += 1
        hook = self._compose()
        versions = self._office.interference().webhook(hook)
        if not versions:
            self._office.journal(hook, courier.LOST)
            return courier.LOST
        for delay, duplicate in versions[1:]:
            self._office.tasks.start(self._office.send_again(duplicate, delay))
        delay, hook = versions[0]
        # a webhook that was held up has all its time before it
        self._deadline += delay
        await pass_time(delay)
        left = self._deadline - self._clock.now()
        if left <= 0:
            return courier.TOO_LONG
        return await self._office.transmit(hook, self._settings, left, self._errand.limit)

    def _compose(self) -> Outgoing:
        method = self._errand.callback.method
        params = tuple(in_order(tuple(self._errand.params.items())))
        post = method == "POST"
        url = self._url if post or not params else merged(self._url, params)
        parts = urlsplit(url)
        head = (("Host", parts.netloc.rpartition("@")[2]), USER_AGENT, ("Accept", "*/*"), *((FORM,) if post else ()))
        bare = Outgoing(
            number=self._number,
            attempt=self._attempts,
            kind=self._errand.kind,
            event=self._errand.event,
            call_id=self._errand.call_uuid,
            method=method,
            url=url,
            signed_url=url,
            headers=head,
            body=b"",
            params=params,
        )
        return self._office.signed(bare)


def merged(url: str, params: Pairs) -> str:
    """The URL of a GET: its own query and the parameters, sorted and encoded together. Its own query wins."""
    base, _, query = url.partition("?")
    own = parse_qsl(query, keep_blank_values=True)
    named = {name for name, _ in own}
    together = in_order([*own, *((name, value) for name, value in params if name not in named)])
    return f"{base}?{urlencode(tuple(together))}"


def form(params: Pairs) -> bytes:
    """Parameters as a body."""
    return urlencode(params).encode()


def cleaned(url: str) -> str:
    """The URL with what may not stand in one percent-encoded, and nothing else touched."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~")


def requestable(url: str) -> bool:
    """Whether there is anything to request."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def evidence(hook: Outgoing, answer: Answer) -> dict[str, str]:
    """Request and answer as they looked on the wire."""
    parts = urlsplit(hook.url)
    line = f"{hook.method} {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1"
    request = [line, *(f"{name}: {value}" for name, value in hook.headers), "", hook.body.decode(errors="replace")]
    shown = {"request": "\n".join(request), "signed url": hook.signed_url, "response": ""}
    if isinstance(answer, Reply):
        response = [f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in answer.headers.items()), ""]
        shown["response"] = "\n".join((*response, answer.body.decode(errors="replace")))
    return shown


FIDELITY: Final = (
    ("forms with their keys in byte order", "captured payloads (Go's url.Values.Encode)", "captured"),
    (
        "a GET has its parameters merged with its own query, sorted and encoded anew",
        "docs voice/concepts/callbacks",
        "documented",
    ),
    ("the URL's own query wins over a parameter of its name", "plivo-python, signature_v3.py", "assumed"),
    ("the fragment is neither sent nor signed", "docs voice/concepts/callback-configurations", "documented"),
    ("each attempt has a nonce of its own", "docs voice/concepts/signature-validation", "assumed"),
    ("User-Agent Plivo", "unspecified", "assumed"),
)
