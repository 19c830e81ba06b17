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

# How notebooks say that they are dark: JupyterLab and Notebook, VS Code, Colab. They need not be as the system is.
_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", ".vscode-high-contrast", 'html[theme="dark"]')
_LIGHT = ('[data-jp-theme-light="true"]', ".vscode-light", ".vscode-high-contrast-light", 'html[theme="light"]')
_SCHEMES = "".join(
    f"{','.join(f'{of} .hb-frame' for of in notebooks)}{{color-scheme:{scheme}}}"
    for notebooks, scheme in ((_DARK, "dark"), (_LIGHT, "light"))
)
_UNTRUSTED = (
    "This interactive picture is shown when the notebook is trusted: run the cell again, or trust the notebook"
    " (JupyterLab: View, Activate Command Palette, Trust Notebook)."
)


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

    The frame is light or dark as the notebook is: it cannot look outside, but takes its colour scheme from its element.
    Where a notebook is not trusted the front end takes the frame away, and what stands inside it says why.

    Args:
        document: the page, as `page` wrote it.
        title: what a screen reader says of the frame.
        height: of the frame, in CSS pixels.
    """
    return (
        f'<style>{_SCHEMES}</style><iframe class="hb-frame" title="{escape(title)}" sandbox="allow-scripts"'
        f' width="100%" height="{height:d}" style="border:0;display:block" srcdoc="{_attribute(document)}">'
        f"{escape(title)}. {_UNTRUSTED}</iframe>"
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
