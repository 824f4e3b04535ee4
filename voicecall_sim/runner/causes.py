"""Likely causes: what a person who knows the field would look at first, as a table over the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from voicecall_sim.runner import media_causes
from voicecall_sim.world.journal import Entry, Journal

Guess = Callable[[Entry, Sequence[Entry]], str | None]
"""What an entry tells, all those before and after it being known."""


def of_webhook(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """What the answer to a webhook says about the application."""
    status, data = entry.data.get("status", 0), entry.data
    what = f"the {data.get('kind', '')} webhook to {data.get('url', 'the application')}"
    if status in (401, 403):
        return (
            f"The application refused {what} with {status}: its check of the signature failed. "
            "Compare the URL that it verifies with (public URL, port, path, proxy headers) and its credentials."
        )
    if status in (404, 405):
        return f"The application has nothing at that path: {what} was answered with {status}."
    if status == 0:
        return f"Nobody answered {what}: {data.get('error') or 'no answer came'}."
    if status >= 500:
        return f"The application broke while it handled {what}: it answered {status}."
    return None


def of_request(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """A refusal by the carrier, or by a service."""
    status, data = entry.data.get("status", 0), entry.data
    who, after = str(data.get("host") or "The carrier"), media_causes.without(entry)
    if status == 401:
        return f"{who} did not accept the application's credentials for `{data.get('operation')}`.{after}"
    if status == 429:
        return f"{who} turned `{data.get('operation')}` away: too many requests.{after}"
    if status >= 400:
        code = f" (code {data['code']})" if data.get("code") else ""
        return f"{who} refused `{data.get('operation')}` with {status}{code}.{after}"
    return None


def of_error(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """What the application said went wrong."""
    return f"{entry.who} reported: {entry.data.get('error')}"


def of_unhandled(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """An exception that nobody took."""
    return f"An exception went unhandled on {entry.who}: {entry.data.get('error') or entry.data.get('message')}"


def of_debug(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """What the carrier's debugger noted."""
    return f"The carrier noted {entry.data.get('code')}: {entry.data.get('message')}"


def of_call(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """An end that was none of the application's or the person's doing."""
    cause = entry.data.get("cause")
    if entry.data.get("state") != "ended" or cause in (None, "normal"):
        return None
    return f"Call {entry.data.get('call')} was never talked on: it ended with {cause}, by {entry.data.get('by')}."


def of_log(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """An error in the application's own log."""
    if entry.data.get("level") not in ("error", "critical"):
        return None
    return f"The application logged an error: {entry.data.get('message')}"


GUESSES: Final[tuple[tuple[str, Guess], ...]] = (
    ("unhandled", of_unhandled),
    ("error", of_error),
    ("request", of_request),
    ("webhook", of_webhook),
    ("heard", media_causes.of_heard),
    ("stream", media_causes.of_stream),
    ("service", media_causes.of_service),
    ("debug", of_debug),
    ("call", of_call),
    ("log", of_log),
)
"""Which entries tell a cause, the most telling kinds first; of one kind the latest."""


def likely_cause(journal: Journal, upto: int | None = None) -> str:
    """A sentence on what probably went wrong before that index; empty if the journal tells nothing."""
    entries = list(journal.since(0))[:upto]
    told = (sentence for kind, guess in GUESSES for sentence in guessed(kind, guess, entries))
    return next(told, "")


def guessed(kind: str, guess: Guess, entries: Sequence[Entry]) -> Iterable[str]:
    """What the entries of a kind tell, the latest first."""
    return (sentence for entry in reversed(entries) if entry.kind == kind and (sentence := guess(entry, entries)))
