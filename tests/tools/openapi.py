"""The carrier's own description of its answers, as a judge of ours.

The file lies beside the checkout, in `../shared/openapi/`. Where it is not, nothing is judged, and one test is skipped
that says so.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import jsonschema

FILE: Final = Path(__file__).parents[2].parent / "shared" / "openapi" / "twilio_voice.json"

# What live answers have that the description does not allow (observed traffic): an empty trunk_sid in a fetched call.
LIVE_DEVIATIONS: Final = {"trunk_sid": ""}


class Description:
    """Twilio's OpenAPI file, of which the answers' schemas are used."""

    def __init__(self, file: Path = FILE) -> None:
        self._whole = json.loads(file.read_text(encoding="utf-8"))
        self._components = {"schemas": _as_json_schema(self._whole["components"]["schemas"])}

    def schema(self, method: str, path: str, status: int) -> dict[str, Any] | None:
        """The JSON Schema of an answer's body; None if the description has none for it."""
        for template, operations in self._whole["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in operations:
                answer = operations[method.lower()]["responses"].get(str(status), {})
                content = answer.get("content", {}).get("application/json")
                return content and {**_as_json_schema(content["schema"]), "components": self._components}
        return None

    def judge(self, method: str, path: str, status: int, body: Any) -> bool:
        """Whether there was a schema to judge by. Raises `jsonschema.ValidationError` if the body breaks it."""
        schema = self.schema(method, path, status)
        if schema is None:
            return False
        jsonschema.validate(_without_live_deviations(body), schema)
        return True


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` as JSON Schema says it."""
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {name: _as_json_schema(value) for name, value in node.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


def _without_live_deviations(body: Any) -> Any:
    if isinstance(body, list):
        return [_without_live_deviations(item) for item in body]
    if not isinstance(body, dict):
        return body
    return {
        name: _without_live_deviations(value)
        for name, value in body.items()
        if name not in LIVE_DEVIATIONS or value != LIVE_DEVIATIONS[name]
    }
