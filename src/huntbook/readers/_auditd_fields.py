"""The fields of an audit record: `k=v k="v w" k=HEX`, `msg='k=v …'`, and after a group separator the resolved names.

The forms are those of the audit project's "Audit Record Fields" and of audit_log_untrustedstring in the kernel: a string
from outside is quoted, or, where it holds a space, a quote or a control character, written in hexadecimal.
"""

from __future__ import annotations

import polars as pl

from huntbook.readers._base import LINE
from huntbook.readers._text import TEXT

# Fields with a column; what else a record says stays in RawRecord.
COLUMNS = (
    *(
        "arch",
        "syscall",
        "syscall_name",
        "success",
        "exit",
        "items",
        "ppid",
        "pid",
        "auid",
        "audit_user",
        "uid",
        "user",
    ),
    *("gid", "group", "euid", "effective_user", "suid", "fsuid", "egid", "effective_group", "sgid", "fsgid"),
    *("tty", "ses", "comm", "exe", "cmd", "cwd", "proctitle", "key", "subj", "argc", *(f"a{n}" for n in range(10))),
    *("item", "name", "nametype", "inode", "dev", "mode", "ouid", "ogid", "op", "acct", "hostname", "addr", "terminal"),
    *("res", "result", "grantors", "unit", "family", "saddr", "laddr", "lport", "data", "path", "filetype", "sig"),
    *("scontext", "tcontext", "tclass", "permissive", "apparmor", "operation", "profile", "vm", "icmptype"),
)
# What `log_format = ENRICHED` adds, under the names that Sentinel has for it.
ENRICHED = {
    "SYSCALL": "syscall_name",
    "AUID": "audit_user",
    "UID": "user",
    "GID": "group",
    "EUID": "effective_user",
    "EGID": "effective_group",
}
FIELD = r"^a([0-9]+)(?:\[[0-9]+\])?$"
_HEX_FIELDS = ("proctitle", "name", "cmd", "data", "comm", "exe", "cwd", "acct", "key", "path", "old-comm", "vm")
_PAIR = r"""([A-Za-z][A-Za-z0-9_-]*(?:\[[0-9]+\])?=(?:"[^"]*"|[^ "'\x1d][^ \x1d]*|'))"""


def fields_of(records: pl.DataFrame) -> pl.DataFrame:
    """Take records apart: the columns `_Line`, `field`, `value`, one row for each field, in their order."""
    body = pl.col(TEXT).str.splitn("): ", 2).struct.field("field_1").fill_null("")
    body = body.str.replace(" msg='", " ", literal=True).str.strip_chars_end("'")
    pairs = records.select(LINE, "type", pair=body.str.extract_all(_PAIR)).explode("pair").drop_nulls("pair")
    parts = pl.col("pair").str.splitn("=", 2)
    fields = pairs.select(
        LINE, "type", parts.struct.field("field_0").alias("field"), parts.struct.field("field_1").alias("value")
    )
    fields = fields.with_columns(hex=_is_hex(), value=pl.col("value").str.strip_chars('"'))
    value = pl.when("hex").then(pl.col("value").replace(_decoded(fields))).otherwise("value")
    nothing = pl.col("value").is_in(["(null)", "?", ""])
    return fields.select(LINE, "field", value=pl.when(~nothing).then(value))


def _is_hex() -> pl.Expr:
    """Whether a field's value was written in hexadecimal. The a0 to a3 of a SYSCALL are numbers."""
    argument = (pl.col("type") == "EXECVE") & pl.col("field").str.contains(FIELD)
    encoded = pl.col("value").str.contains(r"^(?:[0-9A-F][0-9A-F])+$")
    return (pl.col("field").is_in(_HEX_FIELDS) | argument) & encoded


def _decoded(fields: pl.DataFrame) -> dict[str, str]:
    """Decode each distinct value; zeros stand between the arguments of a title."""
    values = fields.filter("hex")["value"].unique().to_list()
    return {
        value: bytes.fromhex(value).decode("utf-8", errors="replace").rstrip("\0").replace("\0", " ")
        for value in values
    }
