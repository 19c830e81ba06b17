"""Undoing what people do to an indicator so that nobody clicks on it: hxxp, [.], (dot), [at], [://] and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.analytics._iocs.patterns import AT, DOT

if TYPE_CHECKING:
    import polars as pl


def dots(text: pl.Expr) -> pl.Expr:
    """Refang a name, an address or a mailbox: `evil[.]com` → `evil.com`, `a[at]b(dot)org` → `a@b.org`."""
    return text.str.replace_all(AT, "@").str.replace_all(DOT, ".")


def scheme(text: pl.Expr) -> pl.Expr:
    """Refang the scheme of a URL: `hXXps` → `https`."""
    text = text.str.to_lowercase()
    return text.str.replace(r"^h[a-z*_-]{2}p(s?)$", "http$1").str.replace(r"^fxp", "ftp")


def tail(text: pl.Expr) -> pl.Expr:
    """Refang what follows the host of a URL: only what has no other meaning there."""
    text = text.str.replace_all(r"\[([.:/])\]", "$1").str.replace_all(r"\[(?i-u:dot)\]", ".")
    return text.str.replace_all(r"\\([/.])", "$1")


def is_defanged(text: pl.Expr) -> pl.Expr:
    """Whether a name was written so that nobody clicks on it; nobody does that to a file name."""
    return text.str.contains(r"[\[({<\])}>\\\u{3002}\u{FF0E}\u{FF61}]")
