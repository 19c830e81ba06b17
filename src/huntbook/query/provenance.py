"""Where a row of local evidence comes from, `_File` and `_Line`: columns that hunting queries carry along, and that no service has."""

from __future__ import annotations

import re
from typing import Final

COLUMNS: Final = ("_File", "_Line")
_NAME: Final = rf"(?:{'|'.join(COLUMNS)})"
# An element of a list of columns: the column itself, or one of its values for a group.
_ELEMENT: Final = re.compile(rf",\s*{_NAME}(?:\s*=\s*(?:take_any|min|max)\({_NAME}\))?(?![\w(]|\s*=[^=])")


def without_provenance(text: str) -> str:
    """Take the columns of local provenance out of a KQL text, for a service that does not have them.

    Example:
        >>> without_provenance("T | project TimeGenerated, Host, _File, _Line | take 1")
        'T | project TimeGenerated, Host | take 1'
    """
    return _ELEMENT.sub("", text)
