"""A batch of raw records in the shape that tables are mapped from: fields as text, and `_data`, the object with the others.

A batch reaches DuckDB as a relation with one column `record` (JSON) or one text column per field; from here on they are
alike. What no record of the batch has is left out of the SQL: most of a schema's names are not in any one log, and each
costs time to bind and to look for.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huntbook.core import sql
from huntbook.evidence.lookup import Lookup, first, object_of, without
from huntbook.evidence.references import references

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from huntbook.evidence.schema import Form

Keys = frozenset[str]
_MOST_KEPT = 100  # members of all records of a batch; with more, most are null in each


@dataclass(frozen=True)
class Envelope:
    """The SQL of a batch's envelope, and what is known of it.

    Attributes:
        select: its rows: `_File`, `_Line`, the fields and members as text, `_data`, and `_root`, what stands beside the data.
        fields: names that the relation has as text columns.
        members: further such names, of members of `_data`.
        absent: names of fields that no row has.
        has_data: whether other fields are members of `_data`.
        named: those of the fields that the form names; the others are the record's own.
        keys: the members that some record's `_data` has; None: not known.
        hidden: members of `_data` that belong to the envelope, not to the data.
        has_root: whether some record may have something beside the data.
    """

    select: str
    fields: frozenset[str]
    has_data: bool
    members: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    keys: Keys | None = None
    hidden: Keys = frozenset()
    has_root: bool = False

    def source(self, relation: str) -> Source:
        """The relation, as one that offers fields."""
        fields = self.fields | self.members
        return Source(relation, fields, absent=self.absent, has_data=self.has_data, keys=self.keys, hidden=self.hidden)

    def rest(self, wanted: Iterable[str]) -> str:
        """SQL of the members of `_data` that have no column, as an object; null where there are none."""
        asked = {name.lower() for name in wanted}
        if self.keys is None:
            rest = without("_data", {*self.hidden, *(name for name in wanted if name not in self.fields)})
        elif all(key in self.hidden or key.lower() in asked for key in self.keys):
            return "NULL::JSON"
        else:
            rest = without("_data", {key for key in self.keys if key in self.hidden or key.lower() in asked})
        rest = f"nullif({rest}::VARCHAR, '{{}}')::JSON"
        return f"CASE WHEN starts_with(_data::VARCHAR, '{{') THEN {rest} WHEN _data::VARCHAR <> 'null' THEN _data END"


def json_envelope(
    form: Form,
    relation: str,
    where: str = "",
    keys: Sequence[str] | None = None,
    *,
    plain: bool = False,
    wanted: frozenset[str] = frozenset(),
) -> Envelope:
    """Take JSON records apart.

    Args:
        form: what the records' form says of where its fields are.
        relation: has `_File`, `_Line` and `record`.
        where: a condition over it, for the records of this form.
        keys: the members that some of those records has; None: not known.
        plain: whether it is known that no member is null or there twice.
        wanted: the names that will be asked for; where the data stand beside the fields, both are taken in one pass.
    """
    if form.each:  # the parts of a record have members of their own
        keys = None
    known = None if keys is None else frozenset(keys)
    there = {name: [path for path in paths if _may_have(known, path)] for name, paths in form.fields.items()}
    places = {name: paths for name, paths in there.items() if paths}
    data = _Data(form, keys, plain=plain, wanted="_data" in wanted)
    beside = Source(relation, frozenset(form.fields), has_data=True, keys=known, hidden=data.beside)
    members = beside.places(wanted) if data.is_record and known is not None else {}
    paths = [path for paths in [*places.values(), *members.values()] for path in paths]
    found = Lookup("record", paths, data.kept, data.objects)
    parts = [
        f"{first([found.at[path] for path in paths])} AS {sql.name(name)}" for name, paths in (places | members).items()
    ]
    root = _root(form, known)
    select = (
        f"SELECT {', '.join(['_File', '_Line', *parts, f'{data.select(found)} AS _data', f'{root} AS _root'])} "
        f"FROM (SELECT {', '.join(['*', *found.computed])} FROM {_rows(form, relation, where)})"
    )
    return Envelope(
        f"SELECT * REPLACE ({form.data_as} AS _data) FROM ({select})" if form.data_as else select,
        frozenset(places),
        has_data=True,
        members=frozenset(members),
        absent=frozenset(form.fields.keys() - places.keys()),
        keys=known - (data.beside - data.hidden) if known is not None and data.is_record else None,
        hidden=data.hidden,
        has_root=root != "NULL::JSON",
    )


def _rows(form: Form, relation: str, where: str) -> str:
    rows = f"(SELECT * FROM {relation}{f' WHERE {where}' if where else ''})"
    if not form.each:
        return rows
    return f"(SELECT * REPLACE (json_merge_patch(record, unnest({_items(form.each)})) AS record) FROM {rows})"


class _Data:
    """The object that holds a record's data.

    Attributes:
        objects: where it is, if that is not the record itself; the first that is there counts.
        is_record: whether it is the record itself, the form's fields among its members.
        beside: those of its members that are the envelope's.
        hidden: those of them that `select` leaves in it, for later, because nothing asks for the whole.
        kept: members that are to be read as JSON, so that `select` can put them together.
    """

    def __init__(self, form: Form, keys: Sequence[str] | None, *, plain: bool, wanted: bool) -> None:
        known = None if keys is None else frozenset(keys)
        self.is_record = not form.data and not form.data_as
        self.beside: Keys = frozenset()
        self.kept: list[str] = []
        self.objects = [path for path in form.data if _may_have(known, path)]
        self._whole = "NULL::JSON" if form.data else "record"
        self._patched: Keys = frozenset()
        if not form.data:
            used = frozenset(path for paths in form.fields.values() for path in paths if "/" not in path)
            self.beside = used if known is None else used & known
        self.hidden = self.beside
        if self.is_record and wanted and keys is not None and plain and len(keys) <= _MOST_KEPT:
            self.kept = _kept(keys, self.beside)
        if self.kept or wanted or form.data_as:
            self._patched, self.hidden = self.hidden, frozenset()

    def select(self, found: Lookup) -> str:
        """SQL of it."""
        if self.kept:
            return object_of(self.kept)
        whole = first([found.as_json[path] for path in self.objects]) if self.objects else self._whole
        return without(whole, self._patched)


def _kept(keys: Sequence[str], beside: Keys) -> list[str]:
    """The data's members; none where names differ in case alone, or hold what no column's name can."""
    kept = [key for key in keys if key not in beside]
    fit = all(key and key.isprintable() for key in kept)
    return kept if fit and len({key.lower() for key in keys}) == len(keys) else []


def _may_have(keys: Keys | None, path: str) -> bool:
    return keys is None or path.split("/", maxsplit=1)[0] in keys


def _items(each: str) -> str:
    """The parts that a record is taken apart into; one without parts stays one row."""
    return f"CASE WHEN len({each}) > 0 THEN {each} ELSE ['{{}}'::JSON] END"


def _root(form: Form, keys: Keys | None) -> str:
    """What stands beside the data and is not one of the form's fields."""
    if not form.data:
        return "NULL::JSON"
    used = {path.split("/")[0] for paths in (*form.fields.values(), form.data) for path in paths}
    if keys is not None and keys <= used:
        return "NULL::JSON"
    return f"nullif({without('record', used if keys is None else used & keys)}::VARCHAR, '{{}}')::JSON"


def rows_envelope(form: Form, relation: str, columns: Sequence[str]) -> Envelope:
    """Name the fields of a batch that has them as columns; names are matched without regard to case."""
    by_name = {plain(column).lower(): column for column in columns} | {column.lower(): column for column in columns}
    parts = {plain(column): _as_text(column) for column in columns if not column.startswith("_")}
    for name, alternatives in form.fields.items():
        present = [by_name[path.lower()] for path in alternatives if path.lower() in by_name]
        for column in {plain(column) for column in present} - form.fields.keys():
            parts.pop(column, None)  # it is there under the field's name
        if present:
            parts[name] = first([_as_text(column) for column in present])
    chosen = {name.lower(): (name, part) for name, part in parts.items()}  # a form's field wins over a column
    data = next((by_name[path.lower()] for path in form.data if path.lower() in by_name), None)
    selected = ", ".join(f"{part} AS {sql.name(name)}" for name, part in chosen.values())
    as_data = f", hb_object({_as_text(data)}) AS _data" if data else ""
    select = f"SELECT _File, _Line, {selected}{as_data}, NULL::JSON AS _root FROM {relation}"
    if data and form.data_as:
        select = f"SELECT * REPLACE ({form.data_as} AS _data) FROM ({select})"
    fields = frozenset(name for name, _ in chosen.values())
    return Envelope(select, fields, has_data=data is not None, named=frozenset(form.fields))


def plain(column: str) -> str:
    """Name a column without the zone that exports of Log Analytics add: `TimeGenerated [UTC]`."""
    return column.removesuffix(" [UTC]")


def _as_text(column: str) -> str:
    return f"CAST({sql.name(column)} AS VARCHAR)"


class Source:
    """A relation that offers fields: those that it has, others from `_data`, and null for the rest."""

    def __init__(
        self,
        relation: str,
        fields: frozenset[str],
        *,
        absent: frozenset[str] = frozenset(),
        has_data: bool = False,
        keys: Keys | None = None,
        hidden: Keys = frozenset(),
    ) -> None:
        self.relation = relation
        self.hidden = hidden if keys is None else hidden & keys
        self._fields = {name.lower() for name in fields}
        self._absent = {name.lower() for name in absent}
        self._has_data = has_data
        self._keys = None if keys is None else keys - hidden
        self._spelled: dict[str, list[str]] = defaultdict(list)
        for key in sorted(self._keys or ()):
            self._spelled[key.lower()].append(key)

    def holds(self, name: str) -> bool:
        """Whether some row may have a value under the name; what no row has need not be computed."""
        return name.startswith("_") or name.lower() in self._fields or bool(self._paths([name]))

    def places(self, names: Iterable[str]) -> dict[str, list[str]]:
        """Where in `_data` those names are that are no fields and that some row may have."""
        missing = [name for name in names if name.lower() not in self._fields and not name.startswith("_")]
        found = {spelled[0]: self._paths(spelled) for spelled in _spellings(missing)}
        return {name: paths for name, paths in found.items() if paths}

    def _paths(self, names: Sequence[str]) -> list[str]:
        """Where a field may be that is spelled in these ways: exactly so, or in any case if the keys are known."""
        if not self._has_data or names[0].lower() in self._absent:
            return []
        if self._keys is None:
            return list(names)
        known = [key for name in names if "/" not in name for key in self._spelled.get(name.lower(), ())]
        return [*dict.fromkeys(known), *(name for name in names if "/" in name and name.split("/")[0] in self._keys)]

    def offering(self, wanted: Iterable[str], where: str = "true", *, relation: str = "") -> str:
        """A subquery that has all the wanted names as columns, of the rows that the condition takes."""
        asked = set(wanted)
        places = self.places(asked)
        found = Lookup("_data", (path for paths in places.values() for path in paths))
        inner = where if self._answers(where) else "true"
        rows = f"SELECT {', '.join(['*', *found.computed])} FROM {relation or self.relation} WHERE {inner}"
        columns = [f"{first([found.at[path] for path in paths])} AS {sql.name(name)}" for name, paths in places.items()]
        there = {name.lower() for name in places} | self._fields
        lacking = _spellings(name for name in asked if name.lower() not in there and not name.startswith("_"))
        columns += [f"NULL::VARCHAR AS {sql.name(names[0])}" for names in lacking]
        data = f" REPLACE ({without('_data', self.hidden)} AS _data)" if "_data" in asked and self.hidden else ""
        return f"(SELECT {', '.join([f'*{data}', *columns])} FROM ({rows}))"

    def _answers(self, where: str) -> bool:
        return all(name.lower() in self._fields or name.startswith("_") for name in references((where,))[0])


def _spellings(names: Iterable[str]) -> list[list[str]]:
    """Group names that differ in case alone (`ProcessGuid`, `ProcessGUID`): one column in SQL, several keys in JSON."""
    groups: dict[str, list[str]] = {}
    for name in sorted(set(names), reverse=True):
        groups.setdefault(name.lower(), []).append(name)
    return list(groups.values())
