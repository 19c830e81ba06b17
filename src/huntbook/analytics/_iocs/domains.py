"""Which dotted names can be domains: judged by the public suffix list that is bundled, offline.

The list (https://publicsuffix.org/list/, MPL-2.0) names every suffix under which names are registered. Only its ICANN
part decides: the private part says where customers of a service begin (`github.io`), and such names are domains too.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import polars as pl

_BEGIN, _END = "// ===BEGIN ICANN DOMAINS===", "// ===END ICANN DOMAINS==="
_LONGEST = 253  # characters of a name
_JOINERS = "\u200c\u200d"
# An empty label; one that begins or ends with a hyphen, is too long, or has an underscore where names are registered.
_MALFORMED = r"^[.-]|\.\.|\.-|-\.|-$|[a-z0-9_-]{64}|_[^.]*(?:\.[^.]*)?$"


@dataclass(frozen=True)
class Suffixes:
    """The public suffix list as sets of lower-case ASCII names."""

    top: pl.Series  # every top-level domain
    ascii_top: tuple[str, ...]  # those of them that are not punycode
    suffixes: pl.Series  # names that are a suffix themselves: co.uk
    wildcards: pl.Series  # names whose every child is a suffix: *.ck
    exceptions: pl.Series  # and those children that are not: !www.ck


@lru_cache(maxsize=1)
def suffixes() -> Suffixes:
    """Read the bundled list, when it is first needed."""
    text = files(__package__).joinpath("public_suffix_list.dat").read_text(encoding="utf-8")
    lines = [line for line in text[text.index(_BEGIN) : text.index(_END)].split("\n") if line and line[0] != "/"]
    rules = pl.Series([line if line.isascii() else to_ascii(line) for line in lines])
    top = rules.str.extract(r"([^.]+)$").unique().sort()
    return Suffixes(
        top=top,
        ascii_top=tuple(top.filter(~top.str.starts_with("xn--"))),
        suffixes=rules.filter(~rules.str.contains("^[*!]")),
        wildcards=rules.filter(rules.str.starts_with("*")).str.slice(2),
        exceptions=rules.filter(rules.str.starts_with("!")).str.slice(1),
    )


def is_domain(name: pl.Expr) -> pl.Expr:
    """Whether a lower-case ASCII name lies below a public suffix: `evil.co.uk` does, `co.uk` and `setup.exe` do not."""
    known = suffixes()
    parent = name.str.replace(r"^[^.]*\.", "")
    below_wildcard = parent.is_in(known.wildcards.implode()) & ~name.is_in(known.exceptions.implode())
    return (
        name.str.extract(r"\.([^.]+)$").is_in(known.top.implode())
        & ~name.is_in(known.suffixes.implode())
        & ~below_wildcard
        & (name.str.len_bytes() <= _LONGEST)
        & ~name.str.contains(_MALFORMED)
    ).fill_null(value=False)


def to_ascii(name: str) -> str:
    """Return an internationalised name in lower case as the DNS has it (`bücher.example` → `xn--bcher-kva.example`).

    The mapping is that of UTS #46 without its exceptions: compatibility forms are folded (NFKC) and capitals lowered. A name
    with a character that no registry takes gives "".
    """
    if len(name) > _LONGEST:
        return ""
    labels = unicodedata.normalize("NFKC", name).replace("\u3002", ".").lower().split(".")
    return ".".join(map(_label, labels)) if all(map(_is_label, labels)) else ""


def _label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _is_label(label: str) -> bool:
    return label.isascii() or all(
        character.isascii() or character in _JOINERS or unicodedata.category(character)[0] in "LMN"
        for character in label
    )
