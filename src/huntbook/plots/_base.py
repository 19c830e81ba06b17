"""What every plot is: one picture that can be a page, a part of a page, an SVG, a PNG, or a cell's output."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import vl_convert

from huntbook.errors import ParameterError
from huntbook.plots._page import framed, page
from huntbook.plots._text import escape, json_script, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

__all__ = ["Plot", "assets", "escape", "json_script", "page", "script_of", "shown"]


class Plot(ABC):
    """A picture of a table, which asks no network for anything and shows log content as text, never as code.

    A kind of plot is a subclass that writes `fragment` and `svg` and brings its `style` and `script`. The script runs
    once in a page, after the body: it looks for its fragments by class name (never by id, so that several fit into one
    page) and fills them from their JSON, by `textContent` only.

    Attributes:
        title: what the picture shows, as plain text.
        style: CSS of this kind of plot, needed once in a page; colours are the variables of the theme.
        script: JavaScript of this kind of plot, needed once in a page.
        height: of the picture in CSS pixels, as far as it is known without a browser; a notebook's frame is as high.
    """

    title: str
    height: int = 480
    style: ClassVar[str] = ""
    script: ClassVar[str] = ""

    @abstractmethod
    def fragment(self) -> str:
        """Write the interactive picture as HTML for the body of a page that has this plot's style and script once.

        Example:
            >>> style, script = assets(plots)                                        # doctest: +SKIP
            >>> page("Report", "".join(p.fragment() for p in plots), style, script)  # doctest: +SKIP
        """

    @abstractmethod
    def svg(self) -> str:
        """Draw the initial state as a static SVG document, in the light theme."""

    def html(self) -> str:
        """Write one self-contained page with the interactive picture."""
        style, script = assets([self])
        return page(self.title, self.fragment(), style, script)

    def png(self, *, scale: float = 2) -> bytes:
        """Draw the initial state as a PNG, without a browser and without a network.

        Args:
            scale: pixels of the image for one CSS pixel.
        """
        return bytes(vl_convert.svg_to_png(self.svg(), scale=scale))

    def save(self, path: str | Path) -> Path:
        """Save the picture, in the format that the file's suffix names, and return the path.

        Args:
            path: ends in `.html` (interactive), `.svg` or `.png`; the folder has to be there.

        Raises:
            ParameterError: for any other suffix.
        """
        target = Path(path)
        write = self._writers().get(target.suffix.lower())
        if write is None:
            raise ParameterError(
                f"A plot cannot be saved as {target.suffix or target.name!r}.", hint="Use .html, .svg or .png."
            )
        target.write_bytes(write())
        return target

    def _writers(self) -> dict[str, Callable[[], bytes]]:
        return {
            ".html": lambda: self.html().encode(),
            ".svg": lambda: self.svg().encode(),
            ".png": self.png,
        }

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, str]:
        """Show the picture in a notebook, inside a sandboxed frame: JupyterLab and VS Code need no extension for it."""
        del include, exclude  # the front end chooses among what there is
        return {"text/html": framed(self.html(), title=self.title, height=self.height + 40), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {shown(self.title, limit=100)}; .save(path) writes .html, .svg or .png>"


def assets(plots: Iterable[Plot]) -> tuple[str, str]:
    """Collect the CSS and the JavaScript that a page with these plots needs, each kind of plot once.

    Returns:
        The style and the script, to be given to `page`.
    """
    kinds = list(dict.fromkeys(type(plot) for plot in plots))
    # A function for each, so that the scripts of two kinds cannot see one another's names.
    scripts = dict.fromkeys(kind.script for kind in kinds if kind.script)
    styles = dict.fromkeys(kind.style for kind in kinds if kind.style)
    return "\n".join(styles), "\n".join(f'(() => {{"use strict";\n{script}\n}})();' for script in scripts)


def script_of(folder: Path, *names: str) -> str:
    """Read a kind's JavaScript: what all kinds begin with, then the files of its folder, in order."""
    files = [Path(__file__).with_name("_page.js"), *(folder / name for name in names)]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
