"""What the holes of SPL, OData and SQL templates stand for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from huntbook.query.msticpy.template import NotConverted
from huntbook.query.parameters import Kind
from huntbook.query.template import HOLE

if TYPE_CHECKING:
    from huntbook.query.msticpy.template import Draft

_WHOLE = re.compile(r"(['\"])\{\{([A-Za-z_]\w*)\}\}\1")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_TIMES = re.compile(r"\s*\b(?:timeformat=(?:\{\{\w+\}\}|\"[^\"]*\")|(?:earliest|latest)=\{\{(?:start|end)\}\})")
_AFTER_SIGN = re.compile(r"[=<>]\s*$")
_IN = re.compile(r"\bin\s*\(\s*$", re.IGNORECASE)
_COMPARED = re.compile(r"\b(?:eq|ne|gt|ge|lt|le)\s+$|[(,]\s*$")


def convert_spl(draft: Draft) -> None:
    """Make the holes of an SPL text ours; the time span is the search job's, so that times go out of the text."""
    if _TIMES.search(draft.text):
        draft.note("earliest and latest went out of the text: a search is asked within its time span.")
        draft.text = _TIMES.sub("", draft.text)
    _fold(draft)
    draft.decide(lambda name, before, _: _spl_kind(draft, name, before))
    draft.finish()


def _spl_kind(draft: Draft, name: str, before: str) -> Kind:
    given = draft.given[name]
    if given.type == "list" or _IN.search(before):
        return Kind.LIST
    default = str(given.default) if given.optional else ""
    if given.type in ("datetime", "int"):
        return Kind(given.type)
    if _AFTER_SIGN.search(before) and "*" not in default and not default.startswith(('"', "'")):
        return Kind.STRING
    if not given.optional:
        draft.note(f'{name} is query text: give it as hb.Clause("…").')
    return Kind.CLAUSE


def convert_odata(draft: Draft) -> None:
    """Make the holes of an OData path ours. What stands before the first `?` is no value: it is taken as its default says."""
    path, sign, options = draft.text.partition("?")
    draft.text = HOLE.sub(lambda found: _of_path(draft, found[1]), path).lstrip("/") + sign + options
    _fold(draft)
    draft.decide(lambda name, before, _: _odata_kind(draft, name, before))
    draft.finish()
    draft.text = re.sub(r"\ble(\s+\{\{end\}\})", r"lt\1", " ".join(draft.text.split()))


def _of_path(draft: Draft, name: str) -> str:
    given = draft.given[name]
    if not given.optional:
        raise NotConverted(f"{{{name}}} is a part of the address, which no value can be.")
    draft.note(f"{name} is no parameter any more: the address is what it is by default, {given.default}.")
    return str(given.default)


def _odata_kind(draft: Draft, name: str, before: str) -> Kind:
    given = draft.given[name]
    if given.type in ("datetime", "int"):
        return Kind(given.type)
    if _COMPARED.search(before):
        return Kind.STRING
    if not given.optional:
        draft.note(f'{name} is query text: give it as hb.Clause("…").')
    return Kind.CLAUSE


def convert_sql(draft: Draft) -> None:
    """Make the holes of an SQL text ours."""
    _fold(draft)
    draft.decide(lambda name, before, _: _sql_kind(draft, name, before))
    draft.finish()


def _sql_kind(draft: Draft, name: str, before: str) -> Kind:
    if draft.given[name].type == "list" or _IN.search(before):
        return Kind.LIST
    return (
        Kind.STRING
        if _AFTER_SIGN.search(before) and draft.given[name].type == "str"
        else _odata_kind(draft, name, before)
    )


def _fold(draft: Draft) -> None:
    """A string that is a hole alone becomes the hole; a hole beside other text in a string cannot be said."""
    draft.escaped.update(found[2] for found in _WHOLE.finditer(draft.text))
    draft.text = _WHOLE.sub(lambda found: draft.role(found[2], _quoted_kind(draft, found[2])), draft.text)
    for found in _STRING.finditer(draft.text):
        if inside := HOLE.search(found[0]):
            raise NotConverted(f"{{{inside[1]}}} stands within a string, {found[0][:60]}.")


def _quoted_kind(draft: Draft, name: str) -> Kind:
    if draft.given[name].type == "list":
        raise NotConverted(f"the list {{{name}}} stands within quotes.")
    return Kind.DATETIME if draft.given[name].type == "datetime" else Kind.STRING
