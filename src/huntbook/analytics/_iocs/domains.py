"""Which dotted names can be domains: judged by the public suffix list that is bundled, offline.

The list (https://publicsuffix.org/list/, MPL-2.0) names every suffix under which names are registered. Only its ICANN
part decides: the private part says where customers of a service begin (`github.io`), and such names are domains too.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Container

_BEGIN, _END = b"// ===BEGIN ICANN DOMAINS===", b"// ===END ICANN DOMAINS==="
_LONGEST = 253  # characters of a name
_JOINERS = "\u200c\u200d"
# An empty label; one that begins or ends with a hyphen, is too long, or has an underscore where names are registered.
_MALFORMED = r"^[.-]|\.\.|\.-|-\.|-$|[a-z0-9_-]{64}|_[^.]*(?:\.[^.]*)?$"


@dataclass(frozen=True)
class Suffixes:
    """The public suffix list as lower-case ASCII names."""

    top: pl.Series  # every top-level domain
    suffixes: pl.Series  # every rule: names that are a suffix themselves: co.uk
    wildcards: pl.Series  # names whose every child is a suffix: *.ck
    exceptions: pl.Series  # and those children that are not: !www.ck


@lru_cache(maxsize=2)
def suffixes(*, international: bool) -> Suffixes:
    """Read the bundled list, when it is first needed; encoding its names beyond ASCII takes the most time, and few need them."""
    data = files(__package__).joinpath("public_suffix_list.dat").read_bytes()
    lines = data[data.index(_BEGIN) : data.index(_END)].decode().split("\n")
    rules = [line for line in lines if line and line[0] != "/" and line.isascii()]
    if international:
        rules += [to_ascii(line) for line in lines if not line.isascii() and line[0] != "/"]
    marked = [rule for rule in rules if rule[0] in "*!"]
    wildcards, exceptions = ([rule.lstrip("*.!") for rule in marked if rule[0] == mark] for mark in "*!")
    return Suffixes(
        top=pl.Series(sorted({rule.rpartition(".")[2] for rule in rules})),
        suffixes=pl.Series(rules),
        wildcards=pl.Series(wildcards),
        exceptions=pl.Series(exceptions),
    )


def are_domains(names: pl.Series) -> pl.Series:
    """Which lower-case ASCII names lie below a public suffix: `evil.co.uk` does, `co.uk` and `setup.exe` do not."""
    known = suffixes(international=bool(names.str.contains("xn--", literal=True).any()))
    name = pl.col("name")
    parent = name.str.replace(r"^[^.]*\.", "")
    below_wildcard = parent.is_in(known.wildcards.implode()) & ~name.is_in(known.exceptions.implode())
    is_domain = (
        name.str.extract(r"\.([^.]+)$").is_in(known.top.implode())
        & ~name.is_in(known.suffixes.implode())
        & ~below_wildcard
        & (name.str.len_bytes() <= _LONGEST)
        & ~name.str.contains(_MALFORMED)
    )
    return pl.DataFrame({"name": names}).select(is_domain.fill_null(value=False)).to_series()


@lru_cache(maxsize=1)
def top_level() -> frozenset[str]:
    """What a name of the DNS or of Tor can end in, punycode included."""
    return frozenset({"onion", *suffixes(international=True).top})


def to_ascii(name: str, below: Container[str] | None = None) -> str:
    """Return an internationalised name in lower case as the DNS has it (`bücher.example` → `xn--bcher-kva.example`).

    The mapping is that of UTS #46 without its exceptions: compatibility forms are folded (NFKC) and capitals lowered. A name
    with a character that no registry takes gives "", and so does one that lies `below` none of these and
    is no address.
    """
    if len(name) > _LONGEST:
        return ""
    labels = unicodedata.normalize("NFKC", name).replace("\u3002", ".").lower().split(".")
    last = labels[-1]
    if below is not None and not last.isdigit() and _label(last) not in below:
        return ""
    return ".".join(map(_label, labels)) if all(map(_is_label, labels)) else ""


def _label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _is_label(label: str) -> bool:
    return label.isascii() or all(
        character.isascii() or character in _JOINERS or unicodedata.category(character)[0] in "LMN"
        for character in label
    )
