"""Names that look like domains and may be something else: files, namespaces, members of objects, keys of logs.

Many top-level domains are extensions of files (`.py`, `.sh`, `.pl`) or words of programs (`.name`, `.data`, `.host`). What can
be said of a name by itself is said here, once for each different name; `context.py` looks at the text around it.
"""

from __future__ import annotations

import polars as pl

FILE = "file"  # a file, unless the text says that it is a host
CODE = "code"  # not a domain
OPEN = "open"  # a domain, unless the text says that it is a file or a key
COMPANY = "company"  # a domain, unless it is the name of a company
DOUBT = pl.Enum([FILE, CODE, OPEN, COMPANY])


def _words(text: str) -> list[str]:
    return text.split()


# Seen as extensions far more often than as domains, and the other way about.
_MOSTLY_FILES = _words(
    "bz cab cat data docs dot download inc ini man map md mov pm prof ps pub py sh so tab target zip"
)
_OFTEN_FILES = _words(
    "ac ai al am app as ax ba cc cl cr cs cu do ec fm gs host id in info la link me mk ml mm mo ms name network one page"
    " pl pr pt rs run sa sc si sql st sv tc tf tm to ws"
)
_WORDS = _words(
    "bind build call case channel click codes company contact data date direct domains email events fit forum group"
    " health help host id in info is link live map media name net network next now page photo pics place plus press"
    " prof properties read report review run search security select services show site software style support systems"
    " to top trade version watch web win work zone"
)
# Most names are long, or end in what is neither an extension nor a word, and are spared the questions.
_DOUBTFUL = (
    r"[A-Z]|^(?:com|org|net|io|edu|gov)\."  # as in the names of classes and of packages
    rf"|\.(?:{'|'.join(_MOSTLY_FILES)})$|^[^.]+\.(?:{'|'.join(sorted({*_OFTEN_FILES, *_WORDS}))})$"
)
# What files are called in every project.
_STEMS = _words(
    "app build client config configure index init install lib main makefile manifest mod module package read readme"
    " script server setup test tests tool update util utils"
)
# What has members, in programs and in logs.
_OBJECTS = _words(
    "agent args client cloud container data destination device document dns el elem element error event evt exports file"
    " form group host http item log module msg network node obj object observer options organization os package params"
    " parent process props registry req request res response rule self server service source src super system target"
    " this threat url user window winlog"
)


def with_doubts(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `doubt` to a frame with the column `name`: what speaks against it being a domain (`DOUBT`), or null."""
    is_doubtful = frame["name"].str.contains(_DOUBTFUL)
    others = frame.filter(~is_doubtful)
    if not is_doubtful.any():
        return others.with_columns(doubt=pl.lit(None, DOUBT))
    return pl.concat([frame.filter(is_doubtful).with_columns(doubt=_doubt()), others], how="diagonal")


def _doubt() -> pl.Expr:
    name = pl.col("name")
    suffix = name.str.extract(r"\.([^.]+)$").str.to_lowercase()
    first = name.str.extract(r"^([^.]+)\.").str.to_lowercase()
    short = name.str.count_matches(".", literal=True) == 1
    inner = name.str.contains(r"\.(?i-u:tar|min|tmp|d|so|js|log|module|bundle)\.|[0-9]\.[a-z]+$")
    mostly = suffix.is_in(_MOSTLY_FILES) & (short | inner) & (first != "www")
    typical = first.is_in(_STEMS) | name.str.contains("_") | name.str.contains(r"^[A-Z].*[a-z].*\.[a-z]+$")
    often = suffix.is_in(_OFTEN_FILES) & short & typical
    open_ended = suffix.is_in([*_OFTEN_FILES, *_WORDS]) & short
    doubt = (
        pl.when(_is_code(name, suffix, first, short=short)).then(pl.lit(CODE))
        .when(mostly | often).then(pl.lit(FILE))
        .when(open_ended).then(pl.lit(OPEN))
        .when(name.str.contains("^[A-Z]")).then(pl.lit(COMPANY))
    )  # fmt: skip
    return doubt.cast(DOUBT)


def _is_code(name: pl.Expr, suffix: pl.Expr, first: pl.Expr, *, short: pl.Expr) -> pl.Expr:
    """`System.Net`, `app.INFO`, `Microsoft.PowerShell.Security`, `user.name`, `com.acme.app`."""
    titled = name.str.contains(r"\.[A-Z][a-z]+$|^[A-Z][a-z]+\.[A-Z]{2}$") & ~name.str.contains(r"\.(?:Com|Org)$")
    shouted = short & name.str.contains(r"[a-z][^.]*\.[A-Z]+$") & suffix.is_in(_WORDS)
    camel = name.str.contains(r"[a-z][A-Z]") & name.str.contains(r"(?:^|\.)[A-Z][a-z]") & suffix.is_in(_WORDS)
    member = short & first.is_in(_OBJECTS) & suffix.is_in(_WORDS)
    package = name.str.contains(r"^(?:com|org|net|io|edu|gov)\.[A-Za-z0-9_-]+\.")
    return titled | shouted | camel | member | package
