"""Telling apart the JSON records of a batch: which form each has, judged by one record of every kind that there is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huntbook.core import sql
from huntbook.evidence.recognise import deciding_values, form_of_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from huntbook.evidence.schema import Schemas

_MOST = 2_000  # records of more shapes than this in one batch are not told apart any further
_REMEMBERED = 50_000
_SHAPED = (
    "SELECT _File, _Line, record, CASE WHEN _keys IS NOT NULL THEN hash(_keys) END AS _shape "
    "FROM (SELECT *, TRY(json_keys(record)) AS _keys FROM incoming)"
)


@dataclass(frozen=True)
class Kind:
    """Records of one form: the condition that takes them out of a relation, and what is known of them.

    Attributes:
        keys: the members that some of them have, in the order of the most frequent ones.
        plain: whether no member is null or there twice, so that its members are all that a record is.
    """

    form: str | None
    relation: str
    where: str
    keys: tuple[str, ...]
    plain: bool


@dataclass(frozen=True)
class _Sample:
    """What one record says of all that have its members: their form, and the paths whose values decide if it is that."""

    form: str | None
    deciding: tuple[str, ...]
    keys: tuple[str, ...]


_Kept = tuple[_Sample, str]  # a kind within a shape, and the condition that takes its records out; "": all are of it


class Kinds:
    """Tells batches apart; what was learnt from a shape (which members, in which order) is remembered."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, schemas: Schemas) -> None:
        self._db = connection
        self._schemas = schemas
        self._known: dict[int, _Sample] = {}

    def of_incoming(self, *, nulls: bool = True) -> list[Kind]:
        """The kinds of records in the relation `incoming`, some of which may hold nulls: one for each form, one for none.

        Mostly there is one form and no more, and then its records are `incoming` itself. Else all are copied to `batch`,
        with `_shape`, which is null where a record is no JSON.
        """
        shapes = self._shapes()
        settled, whole = self._settled({shape: (text, rows) for shape, text, rows in shapes if shape is not None})
        complete = whole and len(settled) == len(shapes) < _MOST
        forms = {sample.form for samples in settled.values() for sample, _ in samples}
        if complete and len(forms) == 1:
            samples = [sample for samples in settled.values() for sample, _ in samples]
            return [_kind(forms.pop(), "incoming", "", samples, nulls=nulls)]
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE batch AS {_SHAPED}")
        return list(_of_batch(settled, nulls=nulls, complete=complete))

    def _shapes(self) -> list[tuple[int | None, str, int]]:
        """Of the records that have the same members in the same order, one; and how many they are."""
        return self._db.execute(
            f"SELECT _shape, any_value(record), count(*) FROM ({_SHAPED}) GROUP BY 1 ORDER BY 3 DESC LIMIT {_MOST}"
        ).fetchall()

    def _sample(self, shape: int, text: str) -> _Sample:
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        if shape not in self._known:
            self._known[shape] = _read(text, self._schemas)
        return self._known[shape]

    def _settled(self, shapes: dict[int, tuple[str, int]]) -> tuple[dict[int, list[_Kept]], bool]:
        """The kinds within each shape, and whether they are all that there are.

        Where some values decide, they have to be looked at; not of a record that is the only one of its shape.
        """
        samples = {shape: self._sample(shape, text) for shape, (text, _) in shapes.items()}
        decided = [shape for shape, sample in samples.items() if sample.deciding]
        samples |= {shape: _read(shapes[shape][0], self._schemas) for shape in decided}  # not as it was remembered
        open_ = [shape for shape in decided if shapes[shape][1] > 1]
        settled = {shape: [(sample, "")] for shape, sample in samples.items()}
        if not open_:
            return settled, True
        listed = ", ".join(map(str, open_))
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE undecided AS FROM ({_SHAPED}) WHERE _shape IN ({listed})")
        whole = True
        for shape in open_:
            split = list(self._split(shape, samples[shape]))
            if len({sample.form for sample, _ in split}) == 1 and len(split) < _MOST:
                split = [(split[0][0], "")]
            settled[shape] = split
            whole = whole and len(split) < _MOST
        return settled, whole

    def _split(self, shape: int, sample: _Sample) -> Iterator[_Kept]:
        """The kinds within a shape: by the values that decide."""
        values = f"hash(json_extract_string(record, {sql.texts('/' + path for path in sample.deciding)}))"
        for digest, text in self._db.execute(
            f"SELECT {values}, any_value(record) FROM undecided WHERE _shape = {shape} GROUP BY 1 ORDER BY count(*) DESC LIMIT {_MOST}"
        ).fetchall():
            yield _read(text, self._schemas), f"(_shape = {shape} AND {values} = {digest})"


def _of_batch(settled: dict[int, list[_Kept]], *, nulls: bool, complete: bool) -> Iterator[Kind]:
    whole: dict[str, list[int]] = {}
    parts: dict[str, list[str]] = {}
    samples: dict[str, list[_Sample]] = {}
    for shape, (sample, condition) in ((shape, each) for shape, split in settled.items() for each in split):
        if sample.form is None:
            complete = False
            continue
        samples.setdefault(sample.form, []).append(sample)
        if condition:
            parts.setdefault(sample.form, []).append(condition)
        else:
            whole.setdefault(sample.form, []).append(shape)
    known = []
    for form, seen in samples.items():
        any_shape = [f"_shape IN ({', '.join(map(str, whole[form]))})"] if form in whole else []
        where = " OR ".join([*any_shape, *parts.get(form, ())])
        known.append(f"({where})")
        yield _kind(form, "batch", where, seen, nulls=nulls)
    if not complete:
        yield _kind(None, "batch", f"_shape IS NOT NULL AND NOT ({' OR '.join(known) or 'false'})", [], nulls=nulls)


def _read(text: str, schemas: Schemas) -> _Sample:
    keys: tuple[str, ...] = ()
    try:
        keys = tuple(key for key, _ in json.loads(text, object_pairs_hook=list))
    except (ValueError, TypeError, RecursionError):
        return _Sample(None, (), ())
    return _Sample(form_of_json(text, schemas), tuple(deciding_values(text, schemas)), keys)


def _kind(form: str | None, relation: str, where: str, samples: Sequence[_Sample], *, nulls: bool) -> Kind:
    keys = tuple(dict.fromkeys(key for sample in samples for key in sample.keys))
    once = all(len(set(sample.keys)) == len(sample.keys) for sample in samples)
    return Kind(form, relation, where, keys, plain=once and not nulls)
