"""Reading and returning any table: pandas, Polars, pyarrow, DuckDB, a `Result`, or a list of dicts.

A pure function of huntbook takes any table and returns the kind that it was given. Inside, work is done in Polars.
No package is imported to find out what a table is: an object of pandas can only exist if pandas is in `sys.modules`.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import polars as pl

from huntbook.errors import ColumnMissing, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@runtime_checkable
class ArrowTable(Protocol):
    """Anything that hands out its columns through the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Export the table as an Arrow stream capsule."""


class _Stream:
    """The stream of another table, and nothing else of it.

    Polars remembers the class of everything that a frame was made of, for as long as the process lives; of a relation of
    DuckDB that keeps the whole package from being taken down in order, and a terminal gets a page of complaints.
    """

    def __init__(self, table: ArrowTable) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


Table = Any  # pandas, Polars, pyarrow, DuckDB, Result, list of dicts: see `to_polars`


def to_polars(table: Table) -> pl.DataFrame:
    """Read any table as a Polars frame, without copying where the other side allows it.

    Args:
        table: a frame of Polars (lazy ones are collected) or pandas, a table of pyarrow, a relation of DuckDB,
            a `Result`, a list of dicts, or a dict of lists.

    Raises:
        ParameterError: if it is none of these, or has two columns of one name.
    """
    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    if _is_pandas(table):
        return _from_pandas(table)
    if isinstance(table, ArrowTable):
        return _from_stream(table)
    if isinstance(table, dict) or (isinstance(table, list) and all(isinstance(row, dict) for row in table)):
        return _from_rows(table)
    raise _no_table(table)


def like(result: pl.DataFrame, given: Table) -> Any:
    """Return `result` as the kind of table that `given` is.

    What has no kind of its own to build (a DuckDB relation, a Result, a list of dicts) gets the Polars frame.
    """
    if isinstance(given, pl.LazyFrame):
        return result.lazy()
    if _is_pandas(given):
        return pandas_frame(result)
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None and isinstance(given, pyarrow.Table):
        return result.to_arrow()
    return result


def need(table: pl.DataFrame, columns: Iterable[str]) -> None:
    """Check that `table` has all of `columns`.

    Raises:
        ColumnMissing: naming what is missing and what was probably meant.
    """
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ColumnMissing(missing, table.columns)


def _no_table(table: object) -> ParameterError:
    return ParameterError(
        f"A {type(table).__name__} is not a table.",
        hint="Pass a frame of pandas or Polars, a pyarrow table, a DuckDB relation, a Result, or a list of dicts.",
    )


def _named_twice(name: str) -> ParameterError:
    return ParameterError(f"The table has more than one column named {name!r}.", hint="Rename one of them.")


def _from_stream(table: ArrowTable) -> pl.DataFrame:
    try:
        return pl.DataFrame(_Stream(table))
    except pl.exceptions.DuplicateError as error:
        named = re.search("'(.*)'", str(error))
        raise _named_twice(named[1] if named else "") from error
    except pl.exceptions.SchemaError as error:  # a stream of one column, which is no table
        raise _no_table(table) from error


def _from_rows(table: Any) -> pl.DataFrame:
    try:
        return pl.DataFrame(table, infer_schema_length=None)
    except UnicodeEncodeError:
        return pl.DataFrame(_whole(table), infer_schema_length=None)


_HALVES = re.compile("[\ud800-\udfff]")


def _whole(value: Any) -> Any:
    """Replace halves of surrogate pairs, which JSON can write and no text can hold, one for one: places stay the same."""
    if isinstance(value, str):
        return _HALVES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_whole(key): _whole(inner) for key, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list) else value


def _is_pandas(table: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(table, pandas.DataFrame)


def _from_pandas(table: Any) -> pl.DataFrame:
    """Column by column, so that a mixed column becomes text instead of an error, and pyarrow is not needed."""
    names = [_whole(str(name)) for name in table.columns]
    for name in names:
        if names.count(name) > 1:
            raise _named_twice(name)
    return pl.DataFrame([_from_pandas_column(name, table.iloc[:, at]) for at, name in enumerate(names)])


def _from_pandas_column(name: str, column: Any) -> pl.Series:
    if column.dtype.kind == "M":  # dates and times: as microseconds, or Python objects one by one
        zone = getattr(column.dtype, "tz", None)
        naive = column.dt.tz_convert("UTC").dt.tz_localize(None) if zone is not None else column
        series = pl.Series(name, naive.to_numpy().astype("datetime64[us]"))
        return series.dt.replace_time_zone("UTC") if zone is not None else series
    if column.dtype.kind in "iufb":
        return pl.Series(name, column.to_numpy())
    values = [None if _is_missing(value) else value for value in column.tolist()]
    try:
        return pl.Series(name, values, strict=True)
    except (TypeError, UnicodeEncodeError, pl.exceptions.PolarsError):
        return pl.Series(name, [None if value is None else _whole(str(value)) for value in values], dtype=pl.String)


def _is_missing(value: object) -> bool:
    """None, NA, NaN and NaT: the values that pandas has for nothing. NA refuses to be compared, the last two differ from themselves."""
    return value is None or type(value).__name__ == "NAType" or value != value  # noqa: PLR0124


def pandas_frame(frame: pl.DataFrame) -> Any:
    """Return a Polars frame as one of pandas, which has to be imported already; pyarrow is not needed."""
    pandas = sys.modules["pandas"]
    data: Mapping[str, Any] = {column.name: _pandas_values(column) for column in frame.get_columns()}
    return pandas.DataFrame(data, columns=frame.columns)


def _pandas_values(column: pl.Series) -> Any:
    if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None:
        pandas = sys.modules["pandas"]
        naive = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy()
        return pandas.Series(naive).dt.tz_localize("UTC")
    if column.dtype.is_numeric() and not column.null_count():
        return column.to_numpy()
    if isinstance(column.dtype, pl.Datetime):
        return column.to_numpy()
    return column.to_list()
