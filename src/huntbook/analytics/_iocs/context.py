"""What the text around a match says: whether `main.rs` is a file, `1.2.3.4` a version, `host.name` a key."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._iocs.doubts import CODE, FILE, OPEN
from huntbook.analytics._iocs.kinds import Kind

_FOUND, _BEFORE, _AFTER = pl.col("found"), pl.col("before"), pl.col("after")
_SERVICES = r"(?i-u:\b(?:cifs|dns|ftp|gc|host|http|imap|ldap|mssqlsvc|nfs|pop|restrictedkrbhost|rpc|rpcss|smtp|termsrv|wsman)/$)"

_WORKS_ON_FILES = r"(?i-u:\b(?:bash|cat|cp|less|mv|nano|perl|python[0-9.]*|rm|rustc|sh|source|tail|vi|vim|zsh)) +$"
_REQUEST = r"(?-u:\b)(?:CONNECT|DELETE|GET|HEAD|OPTIONS|POST|PUT) $"  # what follows is a path of a web server
_COMPANY = r"^,? (?:AG|Corp|GmbH|Inc|LLC|Ltd)(?-u:\b)"
_WORD_BEFORE, _WORD_AFTER = r"[0-9A-Za-z_]$", r"^[0-9A-Za-z_]"
_NAMES = {Kind.IPV4, Kind.DOMAIN, Kind.URL}  # asked only if they are bare
_HASHES = {Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512}
# What must not stand directly before, and after, a match of a kind.
_BORDERS = {
    Kind.BITCOIN: (_WORD_BEFORE, _WORD_AFTER),
    Kind.ETHEREUM: (_WORD_BEFORE, _WORD_AFTER),
    Kind.IPV6: (r"[0-9A-Za-z_:.\])]$", r"^[0-9A-Za-z_:]"),
    Kind.MAC: (r"[0-9A-Za-z_:-]$", r"^[0-9A-Za-z_:-]"),
    Kind.ASN: (r"[0-9A-Za-z_-]$", r"^-?[0-9A-Za-z_]"),
    Kind.ATTACK_TECHNIQUE: (r"[0-9A-Za-z_-]$", r"^-?[0-9A-Za-z_]"),
    Kind.LINUX_PATH: (rf"[0-9A-Za-z_/.\\~}})%*-]$|{_REQUEST}", None),
    Kind.WINDOWS_PATH: ("[0-9A-Za-z_/]$", None),
    Kind.REGISTRY_KEY: (_WORD_BEFORE, None),
}


def standing(hits: pl.DataFrame, seen: pl.DataFrame, *, names_only: pl.Expr | None = None) -> pl.DataFrame:
    """Keep the hits that are what they look like where they stand.

    Args:
        hits: `reading` (the row of it in `seen`), `before` and `after` (the text around it), and more.
        seen: the indicators of readings.
        names_only: whether a hit is in a column that is known to hold names of hosts; then nothing is taken for a file.
    """
    kinds, bare, doubts = (seen[name][hits["reading"]] for name in ("kind", "bare", "doubt"))
    doubtful = doubts.is_not_null()
    if names_only is not None:
        doubtful &= ~hits.select(names_only).to_series()
    present = _WRONG.keys() & map(Kind, kinds.unique())
    of_kind = {kind: (kinds == kind) & bare if kind in _NAMES else kinds == kind for kind in present}
    # Most names leave nothing open, and are spared the last questions.
    answers = [_rows(hits, seen, which, _WRONG[kind]) for kind, which in of_kind.items()]
    wrong = pl.concat([*answers, _rows(hits, seen, doubtful, _OTHER)])
    return hits if wrong.is_empty() else hits.filter(~pl.int_range(pl.len(), dtype=pl.UInt32).is_in(wrong.implode()))


def _rows(hits: pl.DataFrame, seen: pl.DataFrame, which: pl.Series, rule: pl.Expr) -> pl.Series:
    """Ask some of the hits, and return the rows of those for which the answer is yes."""
    if not which.any():
        return pl.Series(dtype=pl.UInt32)
    asked = hits.select("before", "after", "reading").filter(which)
    known = [seen[name][asked["reading"]] for name in ("found", "doubt") if name in rule.meta.root_names()]
    answer = asked.with_columns(known).select(rule.fill_null(value=False)).to_series()
    return which.arg_true().filter(answer) if answer.any() else pl.Series(dtype=pl.UInt32)


def _is_part_of_word() -> pl.Expr:
    return _BEFORE.str.contains(_WORD_BEFORE) | _AFTER.str.contains(_WORD_AFTER)


def _is_import_hash() -> pl.Expr:
    """Sysmon writes `IMPHASH=` before what has the form of an MD5 and is the hash of no file."""
    return _BEFORE.str.contains(r"(?i-u:imp_?hash)[^0-9A-Za-z]*$")


def _is_version() -> pl.Expr:
    """`Version=4.0.0.0`, `build 1.2.3.4`, `Chrome/99.0.0.0`, an object identifier."""
    labelled = _BEFORE.str.contains(r"(?i-u:version|\bver|\bv|\bbuild|\brelease|\brevision|\boid)[^0-9A-Za-z]{0,4}$")
    product = _BEFORE.str.contains("[A-Za-z]/$") & _FOUND.str.ends_with(".0")
    return labelled | product


def _is_elsewhere() -> pl.Expr:
    """A part of a path, an account below its domain, a variable, a call, the end of an expression."""
    in_path = _BEFORE.str.contains("[^/:]/$|^/$") & ~_BEFORE.str.contains(_SERVICES)
    ends = _BEFORE.str.contains(r"""[\\$%]$|[)\]"'}.]\.$""")
    return in_path | ends | _AFTER.str.contains(r"""^(?:\(|\[['"$]|::|\\[A-Za-z])""")


def _is_other() -> pl.Expr:
    """A file or a piece of a program, where the name by itself leaves that open."""
    doubt = pl.col("doubt")
    is_company = _AFTER.str.contains(_COMPANY) & _FOUND.str.contains("^[A-Z]")
    has_port = _AFTER.str.contains("^:[0-9]{2,5}(?:[^0-9:]|$)") & ~_AFTER.str.contains("^:[0-9]+:")
    worked_on = _BEFORE.str.contains(_WORKS_ON_FILES) | _BEFORE.str.contains(r"(?:^|[^.])\.{1,2}[/\\]$")
    is_key = _AFTER.str.contains(r"""^(?:["'] ?:| ?[=!]?=)""")
    return is_company | (doubt == CODE) | (doubt == FILE) & ~has_port | (doubt == OPEN) & (worked_on | is_key)


def _borders(before: str, after: str | None) -> pl.Expr:
    wrong = _BEFORE.str.contains(before)
    return wrong if after is None else wrong | _AFTER.str.contains(after)


# What speaks against a hit where it stands, by its kind.
_WRONG = {
    Kind.IPV4: _is_version(),
    Kind.DOMAIN: _is_elsewhere(),
    Kind.URL: _is_elsewhere(),
    **dict.fromkeys(_HASHES, _is_part_of_word() | _is_import_hash()),
    **{kind: _borders(*borders) for kind, borders in _BORDERS.items()},
}
_OTHER = _is_other()
