"""One self-contained page: nothing in it is loaded from anywhere, and its policy makes the browser refuse to try."""

from __future__ import annotations

import base64
import hashlib

from huntbook.plots._text import escape
from huntbook.plots._theme import theme

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
{script}
</body>
</html>
"""


def page(title: str, body: str, style: str, script: str) -> str:
    """Write a page that makes no request to any network.

    The Content Security Policy allows nothing but inline styles and the one script that is given here, which is named
    by its hash: a script that got into `body` would not run, and could not reach anyone if it did.

    Args:
        title: plain text; it is escaped here.
        body: HTML; whoever writes it escapes what comes from logs (`escape`, `json_script`).
        style: CSS, after the shared theme, which every page has.
        script: JavaScript, run once at the end of the body. Empty for a page without any.

    Raises:
        ValueError: if the script or the style contains its own closing tag, or a comment's opening that hides it.
    """
    if "<!--" in script or "</script" in script.lower() or "</style" in style.lower():
        raise ValueError("A page's script and style must not contain '</script', '<!--' or '</style'.")
    return _PAGE.format(
        policy=_policy(script),
        title=escape(title),
        style=f"{theme()}\n{style}",
        body=body,
        script=f"<script>{script}</script>" if script else "",
    )


def framed(document: str, *, title: str, height: int) -> str:
    """Put a whole page into a sandboxed frame, so that a notebook can show it and it cannot touch the notebook.

    Args:
        document: the page, as `page` wrote it.
        title: what a screen reader says of the frame.
        height: of the frame, in CSS pixels.
    """
    return (
        f'<iframe title="{escape(title)}" sandbox="allow-scripts" width="100%" height="{height:d}"'
        f' style="border:0;display:block" srcdoc="{_attribute(document)}"></iframe>'
    )


def _attribute(document: str) -> str:
    """Escape a page for an attribute, character by character: unlike text from logs it must arrive as it is."""
    return document.replace("&", "&amp;").replace('"', "&quot;")


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"'sha256-{digest}'" if script else "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
