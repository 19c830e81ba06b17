"""A JSON Schema of pack files, for editors: made of the model, with the short forms that a file may use."""

from __future__ import annotations

from typing import Any

from huntbook.query.cases import SHORT
from huntbook.query.pack import Pack
from huntbook.query.query import DIALECTS

_NAME = r"^[A-Za-z][A-Za-z0-9_]*$"
_TABLE_LIST = {
    "type": "array",
    "minItems": 1,
    "items": {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
                "minProperties": 1,
            },
        ]
    },
}
_SHORT_TYPES = {
    "at": "number",
    "every": "number",
    "repeat": "integer",
    "command": "string",
    "parent": "string",
    "by": "string",
}


def pack_schema() -> dict[str, Any]:
    """Return the schema of a pack's file; `huntbook packs --schema` writes it.

    An editor that knows YAML checks a file against it that begins with `# yaml-language-server: $schema=pack.schema.json`. What no schema
    can say, such as whether every hole has a parameter, is said when the pack is read.
    """
    schema = Pack.model_json_schema()
    definitions = schema["$defs"]
    _untitled(schema)
    _own(schema, "name")
    parameter = definitions["Parameter"]
    parameter["properties"]["pivot"] = _one_or_several(parameter["properties"]["pivot"])
    _query(definitions["Query"])
    _example(definitions)
    # A query's own parameter may be a shared one: it says nothing, or a part.
    definitions["TakenParameter"] = {
        **{key: value for key, value in parameter.items() if key != "required"},
        "type": ["object", "null"],
    }
    definitions["Query"]["properties"]["parameters"]["additionalProperties"] = {"$ref": "#/$defs/TakenParameter"}
    for holder, field in ((schema, "parameters"), (schema, "queries"), (definitions["Query"], "parameters")):
        holder["properties"][field]["propertyNames"] = {"pattern": _NAME}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A pack of huntbook's queries",
        **schema,
    }


def _query(query: dict[str, Any]) -> None:
    _own(query, "name", "pack", "texts")
    properties = query["properties"]
    for dialect in DIALECTS:
        properties[dialect] = {
            "type": "string",
            "minLength": 1,
            "description": f"The query in {dialect}; {{{{name}}}} stands for a value.",
        }
    properties["needs"] = {
        "description": f"{properties['needs']['description']} A list is of the KQL text.",
        "anyOf": [
            _TABLE_LIST,
            {"type": "object", "propertyNames": {"enum": list(DIALECTS)}, "additionalProperties": _TABLE_LIST},
        ],
    }
    properties["example"] = _one_or_several(properties["example"])
    query["anyOf"] = [{"required": [dialect]} for dialect in DIALECTS]
    query["if"] = {"required": ["severity"], "properties": {"severity": {"not": {"type": "null"}}}}
    query["then"] = {"required": ["techniques", "why", "needs", "kql"]}


def _example(definitions: dict[str, Any]) -> None:
    """Either rows and what comes back of them, or cases; a case is a row, several rows, or the rows of several tables."""
    row = {"$ref": "#/$defs/Row"}
    definitions["Row"] = {
        "anyOf": [
            {"type": "string", "minLength": 1, "description": "The command line of a new process."},
            {
                "type": "object",
                "minProperties": 1,
                "description": "Columns and their values, and words that stand for some; or, as a whole case, tables and their rows.",
                "properties": {
                    word: {"description": about, "type": _SHORT_TYPES[word]} for word, about in SHORT.items()
                },
                "dependentRequired": {"parent": ["command"]},
            },
        ]
    }
    definitions["Case"] = {"anyOf": [row, {"type": "array", "minItems": 1, "items": row}]}
    example = definitions["Example"]
    for kind in ("finds", "ignores"):
        example["properties"][kind]["items"] = {"$ref": "#/$defs/Case"}
    for whole, cases in ((("rows", "returns"), ("finds", "ignores")), (("finds", "ignores"), ("rows", "returns"))):
        either = {"required": list(whole), "not": {"anyOf": [{"required": [name]} for name in cases]}}
        example.setdefault("oneOf", []).append(either)


def _own(thing: dict[str, Any], *names: str) -> None:
    """Take out what a file does not say."""
    for name in names:
        del thing["properties"][name]
    thing["required"] = [name for name in thing["required"] if name not in names]


def _one_or_several(listed: dict[str, Any]) -> dict[str, Any]:
    about = {"description": listed["description"]} if "description" in listed else {}
    return {**about, "anyOf": [listed["items"], {"type": "array", "items": listed["items"]}]}


def _untitled(schema: Any) -> None:
    """Take out titles that only repeat a field's name."""
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for inner in schema.values():
            _untitled(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _untitled(inner)
