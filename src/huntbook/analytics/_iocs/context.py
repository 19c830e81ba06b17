"""What the text around a match says: whether `main.rs` is a file, `System.Net` a namespace, `1.2.3.4` a version.

Suffixes that are top-level domains and file extensions at once are judged in two tiers: for those that files mostly have, a
bare two-label name is a file unless something speaks for a domain; for the others it is a domain unless something speaks for a file.
"""

from __future__ import annotations

import polars as pl

from huntbook.analytics._iocs.kinds import Kind
from huntbook.analytics._iocs.patterns import FILE_NAME_REST

_FILE_SUFFIXES = (
    "app bar bz cab cat cfd data docs dot inc ini link man map md mk mo mov one pm ps pub py sc sh so tab target tf tm"
    " zip download prof bin network services"
).split()
_MIXED_SUFFIXES = (
    "ac ai al am as ax ba cc cl cr cs cu do ec fm gs host id in info la me ml mm ms name page pl pr pt rs run sa si sql"
    " st sv tc to ws"
).split()
# The first label of files that every project has, and of objects in programs and fields in logs.
_FILE_STEMS = (
    "app build client config configure index init install lib main makefile manifest mod module package read readme"
    " script server setup test tests tool update util utils"
).split()
_OBJECTS = (
    "agent args client cloud container data destination device document e el elem element error event evt exports file"
    " form group host http item log module msg network node obj object observer options organization os package params"
    " parent process props registry req request res response rule self server service source src super target this"
    " threat url user window winlog"
).split()
_CODE_SUFFIXES = (
    "bind build call case channel click codes company contact data date direct domains email events fit forum group"
    " health help host id info is link live map media name net network next now page photo pics place plus press prof"
    " properties read report review run search select show site software style support systems top trade version watch"
    " web win work zone to in"
).split()

_NAME, _BEFORE, _AFTER = pl.col("name"), pl.col("before"), pl.col("after")
_SERVICES = r"(?i-u:\b(?:cifs|dns|ftp|gc|host|http|imap|ldap|mssqlsvc|nfs|pop|restrictedkrbhost|rpc|rpcss|smtp|termsrv|wsman)/$)"

_WORD_BEFORE, _WORD_AFTER = r"\w$", r"^\w"
_HASHES = {Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512}
# What must not stand directly before, and after, a match of a kind.
_BORDERS = {
    Kind.BITCOIN: (_WORD_BEFORE, _WORD_AFTER),
    Kind.ETHEREUM: (_WORD_BEFORE, _WORD_AFTER),
    Kind.IPV6: (r"[\w:.\])]$", r"^[\w:]"),
    Kind.MAC: (r"[\w:-]$", r"^[\w:-]"),
    Kind.ASN: (r"[\w-]$", r"^-?\w"),
    Kind.ATTACK_TECHNIQUE: (r"[\w-]$", r"^-?\w"),
    Kind.LINUX_PATH: (r"[\w/.\\~})%*-]$", None),
    Kind.WINDOWS_PATH: (_WORD_BEFORE, None),
    Kind.REGISTRY_KEY: (_WORD_BEFORE, None),
}


def standing(hits: pl.DataFrame, *, names_only: bool) -> pl.DataFrame:
    """Keep the hits that are what they look like where they stand.

    Args:
        hits: with the columns of a reading, and `before` and `after`.
        names_only: whether the column is known to hold names of hosts; then nothing is taken for a file.
    """
    groups = [
        (_with_whole_file_names(group) if kind == Kind.WINDOWS_PATH else group).filter(
            ~_wrong(Kind(str(kind)), names_only=names_only)
        )
        for (kind,), group in hits.partition_by("kind", as_dict=True).items()
    ]
    return pl.concat([hits.clear(), *groups])


def _wrong(kind: Kind, *, names_only: bool) -> pl.Expr:
    if kind in {Kind.DOMAIN, Kind.URL}:
        wrong = _is_elsewhere() if names_only else _is_elsewhere() | _is_file() | _is_code()
        return _NAME.is_not_null() & wrong
    if kind == Kind.IPV4:
        return _NAME.is_not_null() & _is_version()
    if kind in _HASHES:
        return _is_part_of_word() | _is_import_hash()
    before, after = _BORDERS.get(kind, (None, None))
    wrong = _BEFORE.str.contains(before) if before else pl.lit(value=False)
    return wrong | _AFTER.str.contains(after) if after else wrong


def _with_whole_file_names(hits: pl.DataFrame) -> pl.DataFrame:
    """Lengthen the paths whose file has spaces in its name: `C:\\Temp\\My` and then ` New Report.docx`."""
    rest = (
        pl.when(pl.col("found").str.contains(r"[\\/][^.\\/]+$")).then(_AFTER.str.extract(FILE_NAME_REST)).fill_null("")
    )
    return hits.with_columns(pl.col("found") + rest, pl.col("value") + rest)


def _is_part_of_word() -> pl.Expr:
    return _BEFORE.str.contains(_WORD_BEFORE) | _AFTER.str.contains(_WORD_AFTER)


def _is_import_hash() -> pl.Expr:
    """Sysmon writes `IMPHASH=` before what has the form of an MD5 and is the hash of no file."""
    return _BEFORE.str.contains(r"(?i-u:imp_?hash)\W*$")


def _is_version() -> pl.Expr:
    """`Version=4.0.0.0`, `build 1.2.3.4`, `Chrome/99.0.0.0`, an object identifier."""
    labelled = _BEFORE.str.contains(r"(?i-u:version|ver|build|release|revision|oid|v)\W{0,4}$")
    product = _BEFORE.str.contains(r"[A-Za-z]/$") & _NAME.str.ends_with(".0")
    return (
        labelled & _BEFORE.str.contains(r"(?i-u:\b(?:\w*version|ver|v|build|release|revision|oid))\W{0,4}$")
    ) | product


def _is_elsewhere() -> pl.Expr:
    """A part of a path, an account below its domain, a variable, a call, the end of an expression."""
    in_path = _BEFORE.str.contains(r"[^/:]/$|^/$") & ~_BEFORE.str.contains(_SERVICES)
    return (
        in_path
        | _BEFORE.str.contains(r"[\\$%]$|[)\]\"'}.]\.$")
        | _AFTER.str.contains(r"^(?:\(|\[['\"$]|::|\\[A-Za-z])")
    )


def _is_file() -> pl.Expr:
    suffix, stem = _lowered(r"\.([^.]+)$"), _lowered(r"^([^.]+)\.")
    short = _NAME.str.count_matches(".", literal=True) == 1
    ported = _AFTER.str.contains("^:[0-9]{2,5}(?:[^0-9:]|$)") & ~_AFTER.str.contains(r"^:[0-9]+:")
    mostly = suffix.is_in(_FILE_SUFFIXES) & ~ported & ~_NAME.str.contains(r"^(?i-u:www)\.")
    like_file = stem.is_in(_FILE_STEMS) | _NAME.str.contains("_") | _BEFORE.str.contains(r"(?:^|[^.])\.{1,2}[/\\]$")
    like_file = like_file | _BEFORE.str.contains(
        r"(?i-u:\b(?:perl|rustc|cat|vi|vim|nano|python[0-9.]*|sh|bash|zsh|source|less|tail|rm|cp|mv)) +$"
    )
    capital = _NAME.str.contains(r"^[A-Z].*[a-z].*\.[a-z]+$")
    doubtful = suffix.is_in(_MIXED_SUFFIXES) & short & (like_file | capital)
    return (mostly & (short | _NAME.str.contains(r"\.(?i-u:tar|min|tmp|d|so|js|log)\.|[0-9]\.[a-z]+$"))) | doubtful


def _is_code() -> pl.Expr:
    """Namespaces (`System.Net`), members (`user.name`), keys (`event.id=`), packages (`com.acme.app`)."""
    suffix, first = _lowered(r"\.([^.]+)$"), _lowered(r"^([^.]+)\.")
    short = _NAME.str.count_matches(".", literal=True) == 1
    titled = _NAME.str.contains(r"\.[A-Z][a-z]+$") & ~_NAME.str.contains(r"\.(?:Com|Org)$")
    camel = _NAME.str.contains(r"[a-z][A-Z]") & _NAME.str.contains(r"(?:^|\.)[A-Z][a-z]") & suffix.is_in(_CODE_SUFFIXES)
    member = short & first.is_in(_OBJECTS) & suffix.is_in(_CODE_SUFFIXES)
    key = suffix.is_in(_CODE_SUFFIXES) & _AFTER.str.contains(r"""^(?:["']?\s?[:=]\s?|\s*[=!]=)["'\w\[{]""")
    reverse = _NAME.str.contains(r"^(?:com|org|net|io|edu|gov)\.[A-Za-z0-9_-]+\.")
    return titled | camel | member | key | reverse


def _lowered(pattern: str) -> pl.Expr:
    return _NAME.str.extract(pattern).str.to_lowercase()
