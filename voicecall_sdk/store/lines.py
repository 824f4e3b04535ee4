"""The lines of a JSONL store: how rows, replies and what is forgotten are written, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.store.codec import dumps
from voicecall_sdk.store.ledger import Row
from voicecall_sdk.store.logged import Batch
from voicecall_sdk.store.store import Answered
from voicecall_sdk.values import CallId, ProviderCallId

VERSION: Final = 1


def header(position: int) -> bytes:
    """The first line: whose file it is, in which version, and the position of the last row before its first one."""
    return orjson.dumps({"voicecall": VERSION, "position": position}) + b"\n"


def line_of(batch: Batch) -> bytes | None:
    """A batch as one line; None if there is nothing to be written."""
    value: dict[str, Any] = {} if batch.row is None else _row_value(batch.row)
    if batch.answered is not None:
        value["reply"] = _reply_value(batch.answered)
    if batch.forgotten:
        value["forget"] = [entry.call_id for entry in batch.forgotten]
    return dumps(value) + b"\n" if value else None


def _row_value(row: Row) -> dict[str, Any]:
    return {
        "position": row.position,
        "call": row.call_id,
        "previous": row.previous,
        "at": row.at,
        "whole": row.whole,
        "live": row.live,
        "provider": row.provider_call_id,
        "started": row.started_at,
        "body": orjson.Fragment(row.body),
    }


def _reply_value(answered: Answered) -> dict[str, Any]:
    reply = answered.reply
    return {
        "key": answered.key,
        "at": answered.at,
        "status": reply.status,
        "body": reply.body,
        "type": reply.content_type,
    }


def row_in(value: Mapping[str, Any]) -> Row | None:
    """The row of a line, if it has one."""
    if "position" not in value:
        return None
    provider = value["provider"]
    return Row(
        position=value["position"],
        call_id=CallId(value["call"]),
        previous=value["previous"],
        at=value["at"],
        whole=value["whole"],
        live=value["live"],
        provider_call_id=None if provider is None else ProviderCallId(provider),
        started_at=value["started"],
        body=dumps(value["body"]),
    )


def answered_in(value: Mapping[str, Any]) -> Answered | None:
    """The reply of a line, if it has one."""
    reply = value.get("reply")
    if reply is None:
        return None
    answer = WebhookReply(status=reply["status"], body=reply["body"], content_type=reply["type"])
    return Answered(key=reply["key"], at=reply["at"], reply=answer)


def living(value: Mapping[str, Any], *, row: bool, reply: bool) -> bytes | None:
    """What is left of a line when only its row, only its reply, or both are still needed; None if neither is."""
    kept = {key: each for key, each in value.items() if row and key not in {"reply", "forget"}}
    if reply:
        kept["reply"] = value["reply"]
    return dumps(kept) + b"\n" if kept else None
