"""What came of a battery, for machines: JSON, and JUnit XML with a suite for each carrier."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from voicecall_sim.verify.judging import Verdict
from voicecall_sim.verify.performing import Result
from voicecall_sim.verify.table import WANTED, good


def write_json(path: Path, address: str, results: Sequence[Result]) -> None:
    """Write a JSON document; the directory is made if need be."""
    whole = {"endpoint": address, "good": good(results), "results": [row(result) for result in results]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def row(result: Result) -> dict[str, Any]:
    """A result as plain values; nothing in it is secret."""
    case = result.case
    return {
        "carrier": result.carrier,
        "name": case.name,
        "expect": case.expect.value,
        "elective": case.elective,
        "verdict": result.verdict.value,
        "status": result.status,
        "came": result.came,
        "why": case.why,
        "source": case.source,
        "seconds": round(result.seconds, 3),
    }


def write_junit(path: Path, results: Sequence[Result]) -> None:
    """Write a JUnit file; the directory is made if need be."""
    root = ET.Element("testsuites", {"name": "voicecall-sim verify", **_counts(results)})
    for carrier in dict.fromkeys(result.carrier for result in results):
        own = [result for result in results if result.carrier == carrier]
        suite = ET.SubElement(root, "testsuite", {"name": carrier, **_counts(own)})
        suite.extend(_case(result) for result in own)
    tree = ET.ElementTree(root)
    ET.indent(tree)
    path.parent.mkdir(parents=True, exist_ok=True)
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _counts(results: Sequence[Result]) -> dict[str, str]:
    verdicts = [result.verdict for result in results]
    return {
        "tests": str(len(results)),
        "failures": str(verdicts.count(Verdict.FAILED)),
        "errors": "0",
        "skipped": str(verdicts.count(Verdict.SKIPPED)),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _case(result: Result) -> ET.Element:
    about = {"classname": result.carrier, "name": result.case.name, "time": f"{result.seconds:.3f}"}
    element = ET.Element("testcase", about)
    if result.verdict is Verdict.FAILED:
        message = f"{WANTED[result.case.expect]}; {result.came}"
        ET.SubElement(
            element, "failure", {"message": message}
        ).text = f"{result.case.why}\n{result.case.source}".strip()
    elif result.verdict is Verdict.SKIPPED:
        ET.SubElement(element, "skipped", {"message": result.came})
    elif result.verdict is Verdict.NOTED:
        ET.SubElement(element, "system-out").text = f"noted: {result.came}. {result.case.why}"
    return element
