"""Webhooks on their way: composed, signed, sent, retried, redirected, authorised, journaled.

Which ones are sent when is decided elsewhere; here is what Twilio does with each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Final
from urllib.parse import urlsplit

from yarl import URL

from voicecall_sim.carriers.emulator import Interference, Outgoing
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.twilio.account import Account, Callback
from voicecall_sim.carriers.twilio.answers import LOST, OWN_TIMEOUT, TIMED_OUT, Answer, Failure, Reply
from voicecall_sim.carriers.twilio.authentication import authorization, credentials_in
from voicecall_sim.carriers.twilio.cache import Cache
from voicecall_sim.carriers.twilio.cookies import CookieJar
from voicecall_sim.carriers.twilio.courier import carry
from voicecall_sim.carriers.twilio.debugger import Debugger
from voicecall_sim.carriers.twilio.overrides import DEFAULTS, Overrides, read_overrides
from voicecall_sim.carriers.twilio.parameters import Params
from voicecall_sim.carriers.twilio.signature import HEADER, requested_url, sign, signed_url
from voicecall_sim.carriers.twilio.wire import Target, cleaned, form, headers, raw_request, raw_response, redirected
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.surroundings import Surroundings

# the same few URLs are asked for again and again
address_of = lru_cache(maxsize=1024)(requested_url)
signed_form_of = lru_cache(maxsize=1024)(signed_url)

TWIML_LIMIT: Final = 64 * 1024
MOST_REDIRECTS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A webhook to be delivered. `kind` and `event` as in `Outgoing`; `limit` is the longest body wanted."""

    kind: str
    event: str
    call_sid: str
    callback: Callback
    params: Params
    jar: CookieJar
    limit: int = TWIML_LIMIT


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it ended: the answer, and the URL and method that gave it."""

    answer: Answer
    url: str
    method: str


class PostOffice:
    """Delivers webhooks. `sent` holds every attempt that left, in order."""

    def __init__(
        self,
        name: str,
        surroundings: Surroundings,
        account: Account,
        debugger: Debugger,
        tasks: Tasks,
        interference: Callable[[], Interference],
    ) -> None:
        self.sent: list[Outgoing] = []
        self.numbers: dict[str, int] = {}
        """The number of the network's call that a call identifier belongs to."""
        self.cache = Cache()
        self.surroundings = surroundings
        self.account = account
        self.debugger = debugger
        self.tasks = tasks
        self.interference = interference
        self._name = name
        self._count = 0
        self._open = False

    async def open(self) -> None:
        """Deliver from now on."""
        self._open = True

    async def close(self) -> None:
        """Nothing is left open: every webhook has a connection of its own."""

    async def deliver(self, errand: Errand) -> Delivery:
        """Send one webhook, as often as its URL allows, and return how it ended."""
        self._count += 1
        try:
            base, _, fragment = errand.callback.url.partition("#")
            address_of(base)
        except ValueError:
            return Delivery(Failure(11100, "invalid URL"), errand.callback.url, errand.callback.method)
        overrides, notices = read_overrides(fragment)
        for notice in notices:
            self.debugger.note(notice, self.numbers.get(errand.call_sid))
        return await Round(self, self._count, errand, cleaned(base), overrides).run()

    async def transmit(self, hook: Outgoing, overrides: Overrides, total: Micros, limit: int) -> Answer:
        """Send these bytes, and journal what came of it."""
        if not self._open:
            raise RuntimeError("the carrier has not been started; await its start() first")
        self.sent.append(hook)
        answer = await carry(hook, connect=overrides.connect, read=overrides.read, total=total, limit=limit)
        self.journal(hook, answer)
        return answer

    async def send_again(self, hook: Outgoing, delay: Micros = 0) -> int:
        """Send bytes that are nobody's errand: a duplicate, a replay, a forgery. The status answered, 0 for none."""
        await pass_time(delay)
        answer = await self.transmit(hook, DEFAULTS, DEFAULTS.total, TWIML_LIMIT)
        return answer.status if isinstance(answer, Reply) else 0

    def signed(self, hook: Outgoing) -> Outgoing:
        """The webhook with the signature, and the body, of its present URL and parameters."""
        post, url = hook.method == "POST", signed_url(hook.url)
        changed = replace(hook, signed_url=url, body=form(hook.params) if post else b"")
        return changed.with_header(HEADER, self.signature(url, hook.params if post else ()))

    def signature(self, url: str, params: Sequence[tuple[str, str]]) -> str:
        """The account's signature of this URL and form."""
        return sign(self.account.auth_token, url, params)

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
        self.surroundings.journal.write(self._name, "webhook", data, partial(_evidence, hook, answer))


def _evidence(hook: Outgoing, answer: Answer) -> dict[str, str]:
    return {"request": raw_request(hook), "signed url": hook.signed_url, "response": raw_response(answer)}


class Round:
    """One webhook on its way: its attempts share the number and the idempotency token."""

    def __init__(self, office: PostOffice, number: int, errand: Errand, url: str, overrides: Overrides) -> None:
        chance = office.surroundings.chance
        params = errand.params.items()
        # a random key each: cheaper than a shuffle, and as good for telling who relies on the order
        order = chance("twilio.parameter order").randbytes(len(params))
        self._office = office
        self._number = number
        self._errand = errand
        self._overrides = overrides
        self._clock = office.surroundings.clock
        self._token = chance.uuid("twilio.idempotency token")
        self._deadline = self._clock.now() + overrides.total
        self._attempts = 0
        shuffled = tuple([param for _, param in sorted(zip(order, params, strict=True))])
        self._first = Target(url, errand.callback.method, shuffled)

    async def run(self) -> Delivery:
        """All attempts that the overrides allow."""
        delivery = await self._follow()
        for _ in range(self._overrides.retries):
            trouble = delivery.answer.trouble
            if trouble is None or not self._overrides.retries_on(trouble):
                break
            delivery = await self._follow()
        return delivery

    async def _follow(self) -> Delivery:
        target = self._first
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._authorised(target)
            onward = redirected(target, answer)
            if onward is None:
                # the configured URL keeps its fragment for whoever requests it again
                url = self._errand.callback.url if target is self._first else target.url
                return Delivery(answer, url, target.method)
            target = onward
        return Delivery(Failure(11215, "too many redirects"), target.url, target.method)

    async def _authorised(self, target: Target) -> Answer:
        answer = await self._exchange(target)
        credentials = credentials_in(target.url)
        if credentials is None or not isinstance(answer, Reply) or answer.status != 401:
            return answer
        parts = urlsplit(target.url)
        uri = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        cnonce = self._office.surroundings.chance.hex("twilio.cnonce", 16)
        answered = authorization(answer.headers.get("WWW-Authenticate", ""), credentials, target.method, uri, cnonce)
        return answer if answered is None else await self._exchange(target, answered)

    async def _exchange(self, target: Target, authorization: str | None = None) -> Answer:
        hook = self._compose(target, authorization)
        if hook.method != "GET":
            return await self._leave(hook)
        cache, url = self._office.cache, hook.url
        answer: Answer | None = cache.fresh(url, self._clock.now())
        if answer is None:
            for name, value in cache.conditions(url):
                hook = hook.with_header(name, value)
            answer = cache.settle(url, await self._leave(hook), self._clock.now())
        return answer

    async def _leave(self, hook: Outgoing) -> Answer:
        versions = self._office.interference().webhook(hook)
        if not versions:
            self._office.journal(hook, LOST)
            return LOST
        for delay, duplicate in versions[1:]:
            self._office.tasks.start(self._office.send_again(duplicate, delay))
        delay, hook = versions[0]
        # a webhook that was held up has all its time before it
        self._deadline += delay
        await pass_time(delay)
        return await self._send(hook)

    async def _send(self, hook: Outgoing) -> Answer:
        left = self._deadline - self._clock.now()
        late = OWN_TIMEOUT if self._overrides.total_given else TIMED_OUT
        if left <= 0:
            return late
        answer = await self._office.transmit(hook, self._overrides, left, self._errand.limit)
        if isinstance(answer, Reply):
            self._errand.jar.take(URL(hook.url, encoded=True), answer.cookies, self._clock.now())
        return late if answer is TIMED_OUT else answer

    def _compose(self, target: Target, authorization: str | None) -> Outgoing:
        self._attempts += 1
        url = address_of(target.url)
        post = target.method == "POST"
        if not post and target.params:
            url += ("&" if "?" in url else "?") + form(target.params).decode()
        signed = signed_form_of(url)
        signature = self._office.signature(signed, target.params if post else ())
        return Outgoing(
            number=self._number,
            attempt=self._attempts,
            kind=self._errand.kind,
            event=self._errand.event,
            call_id=self._errand.call_sid,
            method=target.method,
            url=in_order(url) if self._office.account.terms.sorts_query else url,
            signed_url=signed,
            headers=(*self._headers(url, post, authorization), (HEADER, signature)),
            body=form(target.params) if post else b"",
            params=target.params,
        )

    def _headers(self, url: str, post: bool, authorization: str | None) -> tuple[tuple[str, str], ...]:
        address = URL(url, encoded=True)
        cookie = self._errand.jar.header(address, self._clock.now())
        return headers(address, self._token, form=post, authorization=authorization, cookie=cookie)


def in_order(url: str) -> str:
    """The URL with the parts of its query sorted."""
    address, mark, query = url.partition("?")
    return f"{address}{mark}{'&'.join(sorted(query.split('&')))}"


FIDELITY: Final = (
    (
        "a query requested in another order than it was signed in: not by default",
        "twilio-php#790; yap#1627 finds the server's framework behind the same",
        "reported",
    ),
    ("parameters in arbitrary order, empty ones kept", "observed traffic", "captured"),
    ("the idempotency token stays the same over retries and authentication", "observed traffic (401)", "captured"),
    ("redirects 301, 302, 307, 308 followed, ten at most", "webhooks-security; error dictionary 11215", "documented"),
    ("bodies over 64 kB are refused", "error dictionary 11750", "documented"),
)
