"""Lists in pages, and their filters: `page[number]`, `page[size]`, `filter[...]`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from voicecall_sim.carriers.telnyx.asked import Asked, Reply
from voicecall_sim.carriers.telnyx.refusals import Refused

T = TypeVar("T")
SIZE: Final = 20
LARGEST: Final = 250
LINKS: Final = (("next", "after"), ("previous", "before"))


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


def turned(asked: Asked, found: Sequence[T], name: Callable[[T], str], show: Callable[[T], Any]) -> Reply:
    """The part of a list that is asked for by cursors (`page[limit]`, `page[after]`, `page[before]`), or by numbers.

    Its meta tells both. Raises `Refused`.
    """
    number, size = whole(asked, "page[number]", 1), whole(asked, "page[size]", SIZE, LARGEST)
    size = whole(asked, "page[limit]", size, LARGEST)
    names = [name(one) for one in found]
    after, before = (asked.query.get(f"page[{side}]") for side in ("after", "before"))
    first = names.index(after) + 1 if after in names else (number - 1) * size
    if before in names:
        first = max(0, names.index(before) - size)
    end = names.index(before) if before in names else first + size
    cursors = {
        "after": names[end - 1] if end < len(names) else None,
        "before": names[first] if 0 < first < len(names) else None,
    }
    meta = {
        "total_items": len(found),
        **{link: f"{asked.path}?page[{side}]={cursors[side]}" if cursors[side] else None for link, side in LINKS},
        "cursors": cursors,
        "page_number": first // size + 1,
        "total_pages": max(1, -(-len(found) // size)),
    }
    return Reply(json={"data": [show(one) for one in found[first:end]], "meta": meta})


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
    ("lists by cursors tell page_number and total_pages, too", "client 4.189 asks for them", "executed"),
    ("a filter that is not emulated is ignored", "our limit", "assumed"),
)
