"""Rules about the account: whose it is, what it keeps to itself, and who is let in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from voicecall_sim.carriers.contract.customer import Customer, Request
from voicecall_sim.carriers.contract.trial import OURS, TEXT, THEIRS, WEBHOOK_URL, Trial
from voicecall_sim.carriers.emulator import Emulator

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
CREDENTIALS: Final = ("authorization", "x-api-key")
NONSENSE: Final = (b"", b"\xff\xfe", b"{", b"[]", b"null", b"a=%zz&&=", b'{"to": []}', b"[" * 20_000)


def made_of_the_seed(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """A name, hosts, and an account that the seed alone decides."""
    first, again, other = (Trial(emulator, customer, seed).carrier for seed in (1, 1, 2))
    if not NAME.fullmatch(first.name) or first.name != emulator.name:
        yield f"name {first.name!r}: lower-case letters, digits and underscores, the emulator's own"
    if not first.hosts:
        yield "it has no hosts"
    if dict(first.settings()) != dict(again.settings()):
        yield "one seed gives two accounts"
    if dict(first.settings()) == dict(other.settings()):
        yield "two seeds give one account"
    values = set(map(str, first.settings().values()))
    if not first.secrets() or not values & set(first.secrets().values()):
        yield "no secret is named that its settings have"


def discreet(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """No secret is in the journal of a call."""
    trial = Trial(emulator, customer)
    trial.run(_held)
    for name, secret in trial.carrier.secrets().items():
        for entry in trial.world.journal:
            if secret in f"{entry.data}{dict(entry.evidence)}":
                yield f"{name} stands in the journal: {entry.who} {entry.kind}"


async def _held(trial: Trial) -> None:
    await trial.order()
    await trial.until(lambda: TEXT in trial.callee.heard)


def guarded(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """Whoever has no credentials, or other ones, is refused, and nothing comes of it."""
    yield from Trial(emulator, customer).run(_strangers)


async def _strangers(trial: Trial) -> list[str]:
    found = []
    order = trial.customer.order(trial.settings, OURS, THEIRS, WEBHOOK_URL)
    for what, request in _credentials_spoilt(order):
        answer = await trial.ask(request)
        if answer.status not in (401, 403):
            found.append(f"an order {what} is answered {answer.status}")
    if trial.calls:
        found.append("an order without credentials places a call")
    return found


def _credentials_spoilt(order: Request) -> Iterator[tuple[str, Request]]:
    known = [name for name in order.headers if name.lower() in CREDENTIALS]
    without = {name: value for name, value in order.headers.items() if name not in known}
    yield "without credentials", order.altered(headers=without)
    for name in known:
        scheme, _, _ = order.headers[name].partition(" ")
        for value in ("", scheme, f"{scheme} d3Jvbmc6d3Jvbmc=", "\xff", "A" * 5_000):
            yield f"with {name}: {value[:20]!r}", order.altered(headers={**without, name: value})


def strict(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """Requests without sense are refused as such, never as a fault of the carrier, and nothing comes of them."""
    yield from Trial(emulator, customer).run(_senseless)


async def _senseless(trial: Trial) -> list[str]:
    found = []
    order = trial.customer.order(trial.settings, OURS, THEIRS, WEBHOOK_URL)
    base = order.url.partition("?")[0]
    tried = [(f"with the body {body[:12]!r}", order.altered(body=body)) for body in NONSENSE]
    tried += [(f"to {url}", order.altered(url=url)) for url in (f"{base}/nowhere/at/all", f"{base}%00", f"{base}/%ff")]
    tried += [(f"by {method}", order.altered(method=method, url=f"{base}/x/y/z")) for method in ("PUT", "DELETE")]
    for what, request in tried:
        answer = await trial.ask(request)
        if not 400 <= answer.status < 500:
            found.append(f"an order {what} is answered {answer.status}")
    if trial.calls:
        found.append("an order without sense places a call")
    return found
