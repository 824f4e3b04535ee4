"""`voicecall setup`: is the configuration in order, and which doors does it open?"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from voicecall_sdk.config import Config
from voicecall_sdk.config.checks import Check, checks
from voicecall_sdk.config.doors import console, doors, unsafe

GAP: Final = "  "

SWITCHES: Final = (
    ("publicUrl", "what carriers are given; path and port count, whatever a proxy makes of them"),
    ("tunnel.provider", "ngrok, tailscale-serve (within the tailnet only) or tailscale-funnel: opened by the service"),
    ("webhookSecurity.allowedHosts", "the only hosts that a request may name, by a header of a proxy or by itself"),
    ("webhookSecurity.trustForwardingHeaders", "X-Forwarded-* and Forwarded are read, for any host"),
    ("webhookSecurity.trustedProxyIPs", "and from these addresses or networks only"),
    ("tunnel.allowNgrokFreeTierLoopbackBypass", "UNSAFE: a wrong signature is accepted through ngrok's free tier"),
    ("skipSignatureVerification", "UNSAFE: nothing is verified; refused where the internet can connect"),
)
"""The keys that decide who is believed, for those who look for the right one."""


def run(path: Path, *, as_json: bool) -> bool:
    """Print what there is to say; whether all is in order."""
    config = Config.load(path)
    found = checks(config, os.environ)
    report = {"ok": all(check.ok for check in found), "checks": [_entry(check) for check in found], **_more(config)}
    click.echo(json.dumps(report, indent=2, ensure_ascii=False) if as_json else _written(found, report))
    return bool(report["ok"])


def _entry(check: Check) -> dict[str, Any]:
    return {"id": check.id, "ok": check.ok, "message": check.message}


def _more(config: Config) -> dict[str, Any]:
    """What is worth knowing beside the checks, as far as the configuration can be read."""
    if config.judged is None:
        return {"doors": {}, "console": [], "unsafe": [], "notes": list(config.notes)}
    return {
        "doors": dict(doors(config, config.judged)),
        "console": list(console(config)),
        "unsafe": list(unsafe(config.judged)),
        "notes": list(config.notes),
    }


def _written(found: Sequence[Check], report: Mapping[str, Any]) -> str:
    lines = [f"Voice Call setup: {'OK' if report['ok'] else 'needs attention'}"]
    lines += [f"{'OK' if check.ok else 'FAIL'} {check.id}: {check.message}" for check in found]
    lines += [f"UNSAFE {sentence}" for sentence in report["unsafe"]]
    lines += [f"NOTE {sentence}" for sentence in report["notes"]]
    lines += _part("Doors", [f"{name}: {sentence}" for name, sentence in report["doors"].items()])
    lines += _part("To be entered in the carrier's console", report["console"])
    if report["doors"]:
        lines += _part("Keys that decide who is believed", [f"{key}: {meaning}" for key, meaning in SWITCHES])
    return "\n".join(lines)


def _part(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"{title}:", *(GAP + line for line in lines)] if lines else []
