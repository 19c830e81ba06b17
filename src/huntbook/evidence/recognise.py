"""Which form a record has, told by its members and not by the name of its file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from huntbook.evidence.envelope import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from huntbook.evidence.schema import Schemas, Table

OWN = "own:"  # the form of an export of a table itself: `own:SecurityEvent`
_NAMED = 1_000  # a record that names its table outranks every guess from members


def form_of_json(sample: str, schemas: Schemas) -> str | None:
    """Name the form of a JSON record: of those whose every `has` it holds, the one that asks for most."""
    try:
        record = json.loads(sample)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    fitting = [
        (len(form.has), name) for name, form in schemas.forms.items() if all(_holds(record, path) for path in form.has)
    ]
    named = record.get("Type")
    fitting += [
        (_NAMED if named == table.table else len(table.own), OWN + table.table) for table in _exports(record, schemas)
    ]
    return max(fitting)[1] if fitting else None


def deciding_values(sample: str, schemas: Schemas) -> list[str]:
    """The paths of a record whose values decide its form, beside its members; for most records there are none."""
    try:
        record = json.loads(sample)
    except (ValueError, RecursionError):
        return []
    asked = {path.partition("=")[0] for form in schemas.forms.values() for path in form.has if "=" in path} | {"Type"}
    return sorted(path for path in asked if _holds(record, path))


def form_of_columns(columns: Iterable[str], schemas: Schemas) -> str | None:
    """Name the form of a batch that has its fields as columns."""
    names = [plain(column) for column in columns]
    present = {column.lower() for column in names}
    fitting = [
        (len(form.has), name)
        for name, form in schemas.forms.items()
        if all(path.lower() in present for path in form.has)
    ]
    fitting += [(len(table.own), OWN + table.table) for table in _exports(dict.fromkeys(names), schemas)]
    return max(fitting)[1] if fitting else None


def _exports(record: Mapping[str, object], schemas: Schemas) -> list[Table]:
    """The tables whose own export this may be: the one that its `Type` names, or those whose columns it has."""
    named = schemas.tables.get(str(record.get("Type")))
    if named is not None and not named.derived_from:
        return [named] if "TimeGenerated" in record or "Timestamp" in record else []
    return [table for table in schemas.tables.values() if table.own and all(column in record for column in table.own)]


def _holds(record: object, path: str) -> bool:
    """Whether the record has the path; `key=value` asks for a value as well."""
    path, _, wanted = path.partition("=")
    for key in path.split("/"):
        if not isinstance(record, dict) or key not in record:
            return False
        record = record[key]
    return not wanted or str(record) == wanted
