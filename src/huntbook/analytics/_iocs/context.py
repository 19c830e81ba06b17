"""What the text around a match says: whether `main.rs` is a file, `1.2.3.4` a version, `host.name` a key."""

from __future__ import annotations

import polars as pl

from huntbook.analytics._iocs.doubts import CODE, FILE, OPEN
from huntbook.analytics._iocs.kinds import Kind
from huntbook.analytics._iocs.patterns import FILE_NAME_REST

_NAME, _BEFORE, _AFTER = pl.col("name"), pl.col("before"), pl.col("after")
_SERVICES = r"(?i-u:\b(?:cifs|dns|ftp|gc|host|http|imap|ldap|mssqlsvc|nfs|pop|restrictedkrbhost|rpc|rpcss|smtp|termsrv|wsman)/$)"

_WORKS_ON_FILES = r"(?i-u:\b(?:bash|cat|cp|less|mv|nano|perl|python[0-9.]*|rm|rustc|sh|source|tail|vi|vim|zsh)) +$"
_REQUEST = r"(?-u:\b)(?:CONNECT|DELETE|GET|HEAD|OPTIONS|POST|PUT) $"  # what follows is a path of a web server
_COMPANY = r"^,? (?:AG|Corp|GmbH|Inc|LLC|Ltd)(?-u:\b)"
_WORD_BEFORE, _WORD_AFTER = r"[0-9A-Za-z_]$", r"^[0-9A-Za-z_]"
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


def standing(hits: pl.DataFrame, *, names_only: bool) -> pl.DataFrame:
    """Keep the hits that are what they look like where they stand.

    Args:
        hits: with the columns of a reading, and `before` and `after`.
        names_only: whether the column is known to hold names of hosts; then nothing is taken for a file.
    """
    groups = {Kind(str(kind)): group for (kind,), group in hits.partition_by("kind", as_dict=True).items()}
    for kind, complete in {Kind.WINDOWS_PATH: _with_whole_file_names, Kind.EMAIL: _with_whole_mailboxes}.items():
        if kind in groups:
            groups[kind] = complete(groups[kind])
    judged = pl.concat([hits.clear(), *(group.filter(~_wrong(kind)) for kind, group in groups.items())])
    return judged if names_only else _without_others(judged)


def _without_others(hits: pl.DataFrame) -> pl.DataFrame:
    """Leave out the names that are something else; most leave nothing open, and are spared the questions."""
    asked = hits["kind"].is_in([Kind.DOMAIN, Kind.URL]) & hits["name"].is_not_null()
    asked &= hits["doubt"].is_not_null() | hits["name"].str.contains("^[A-Z]").fill_null(value=False)
    return pl.concat([hits.filter(~asked), hits.filter(asked).filter(~_is_other().fill_null(value=False))])


def _wrong(kind: Kind) -> pl.Expr:
    if kind in {Kind.DOMAIN, Kind.URL}:
        return _NAME.is_not_null() & _is_elsewhere().fill_null(value=False)
    if kind == Kind.IPV4:
        return _NAME.is_not_null() & _is_version()
    if kind in _HASHES:
        return _is_part_of_word() | _is_import_hash()
    before, after = _BORDERS.get(kind, (None, None))
    wrong = _BEFORE.str.contains(before) if before else pl.lit(value=False)
    return wrong | _AFTER.str.contains(after) if after else wrong


def _with_whole_file_names(hits: pl.DataFrame) -> pl.DataFrame:
    """Lengthen the paths whose file has spaces in its name: a path up to its first space and then ` New Report.docx`."""
    rest = (
        pl.when(pl.col("found").str.contains(r"[\\/][^.\\/]+$")).then(_AFTER.str.extract(FILE_NAME_REST)).fill_null("")
    )
    return hits.with_columns(pl.col("found") + rest, pl.col("value") + rest)


def _with_whole_mailboxes(hits: pl.DataFrame) -> pl.DataFrame:
    """Lengthen the mailboxes whose local part has a dot and then a plus: the pattern found `x@b.org` of `a.b+x@b.org`."""
    rest = _BEFORE.str.extract(r"(?:^|[^0-9A-Za-z_.-])([0-9A-Za-z_.-]+\+)$").fill_null("")
    size = rest.str.len_chars().cast(pl.Int64)
    return hits.with_columns(
        found=rest + pl.col("found"),
        value=rest + pl.col("value"),
        start=pl.col("start") - size,
        host_at=pl.col("host_at") + size,
    )


def _is_part_of_word() -> pl.Expr:
    return _BEFORE.str.contains(_WORD_BEFORE) | _AFTER.str.contains(_WORD_AFTER)


def _is_import_hash() -> pl.Expr:
    """Sysmon writes `IMPHASH=` before what has the form of an MD5 and is the hash of no file."""
    return _BEFORE.str.contains(r"(?i-u:imp_?hash)[^0-9A-Za-z]*$")


def _is_version() -> pl.Expr:
    """`Version=4.0.0.0`, `build 1.2.3.4`, `Chrome/99.0.0.0`, an object identifier."""
    labelled = _BEFORE.str.contains(r"(?i-u:version|\bver|\bv|\bbuild|\brelease|\brevision|\boid)[^0-9A-Za-z]{0,4}$")
    product = _BEFORE.str.contains("[A-Za-z]/$") & _NAME.str.ends_with(".0")
    return labelled | product


def _is_elsewhere() -> pl.Expr:
    """A part of a path, an account below its domain, a variable, a call, the end of an expression."""
    in_path = _BEFORE.str.contains("[^/:]/$|^/$") & ~_BEFORE.str.contains(_SERVICES)
    ends = _BEFORE.str.contains(r"""[\\$%]$|[)\]"'}.]\.$""")
    return in_path | ends | _AFTER.str.contains(r"""^(?:\(|\[['"$]|::|\\[A-Za-z])""")


def _is_other() -> pl.Expr:
    """A file or a piece of a program, where the name by itself leaves that open."""
    doubt = pl.col("doubt")
    is_company = _AFTER.str.contains(_COMPANY) & _NAME.str.contains("^[A-Z]")
    has_port = _AFTER.str.contains("^:[0-9]{2,5}(?:[^0-9:]|$)") & ~_AFTER.str.contains("^:[0-9]+:")
    worked_on = _BEFORE.str.contains(_WORKS_ON_FILES) | _BEFORE.str.contains(r"(?:^|[^.])\.{1,2}[/\\]$")
    is_key = _AFTER.str.contains(r"""^(?:["'] ?:| ?[=!]?=)""")
    return is_company | (doubt == CODE) | (doubt == FILE) & ~has_port | (doubt == OPEN) & (worked_on | is_key)
