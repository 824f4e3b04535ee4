"""Lists in pages, and their filters: `page[number]`, `page[size]`, `filter[...]`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from voicecall_sim.carriers.telnyx.asked import Asked, Reply
from voicecall_sim.carriers.telnyx.refusals import Refused

T = TypeVar("T")
SIZE: Final = 20
LARGEST: Final = 250


def page(asked: Asked, found: Sequence[T], show: Callable[[T], Any]) -> Reply:
    """The page of a list that is asked for. Raises `Refused`."""
    number, size = whole(asked, "page[number]", 1), whole(asked, "page[size]", SIZE, LARGEST)
    shown = [show(one) for one in found[(number - 1) * size : number * size]]
    meta = {
        "page_number": number,
        "page_size": size,
        "total_pages": max(1, -(-len(found) // size)),
        "total_results": len(found),
    }
    return Reply(json={"data": shown, "meta": meta})


def whole(asked: Asked, name: str, default: int, most: int = 100_000) -> int:
    """A whole number of the query from 1 on. Raises `Refused`."""
    text = asked.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise Refused("10033", parameter=name, wanted=f"1 to {most}")
    return int(text)


def filtered(asked: Asked, found: Sequence[T], tests: Mapping[str, Callable[[T], str]]) -> list[T]:
    """Those that all filters of the query let pass; `tests` tells what a filter of that name looks at."""
    wanted = {name: asked.query[f"filter[{name}]"] for name in tests if f"filter[{name}]" in asked.query}
    return [one for one in found if all(tests[name](one) == value for name, value in wanted.items())]


FIDELITY: Final = (
    ("page[number] and page[size], 20 by default; meta tells pages and results", "OpenAPI", "documented"),
    ("at most 250 a page; a number out of its range is a 10033 with source.parameter", "API error codes", "assumed"),
    ("a filter that is not emulated is ignored", "our limit", "assumed"),
)
