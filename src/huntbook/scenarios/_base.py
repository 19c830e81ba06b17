"""What a scenario is, and writing one to a folder."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, ClassVar

from huntbook.core.registry import Registry
from huntbook.errors import EvidenceError, ParameterError

if TYPE_CHECKING:
    from huntbook.scenarios._answers import Answers

Progress = Callable[[int, int], None]


class Scenario(ABC):
    """A story that leaves traces in many logs: write it, and say what is in it."""

    name: ClassVar[str]
    about: ClassVar[str]

    @abstractmethod
    def write(self, folder: Path, *, seed: int, size: float, progress: Progress) -> Answers:
        """Write the logs into an empty folder and return what was planted in them.

        Args:
            folder: where the logs go; nothing in it may tell the answers.
            seed: chooses everything that is chosen; the same seed and size give the same bytes.
            size: multiplies what is ordinary; what is planted stays the same.
            progress: called with the work done and the work in all.
        """


scenarios: Registry[Scenario] = Registry("huntbook.scenarios", what="scenario", base=Scenario)


def practice(
    folder: Path | str,
    *,
    scenario: str = "intrusion",
    seed: int = 0,
    size: float = 1.0,
    force: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write practice evidence: logs in which an attack is hidden, and what is to be found in them.

    `folder/evidence` gets the logs alone, so it can be triaged as it is. `folder/answers.json` gets every planted fact
    and the ordinary events that resemble one; its form is `Answers`. All addresses outside the company lie in the
    ranges reserved for documentation (RFC 5737, RFC 3849) and all names are invented. All times are UTC.

    Args:
        folder: where to write; made if it is not there.
        scenario: the name of a scenario.
        seed: chooses hosts, people, tools, times; the same seed and size give the same bytes.
        size: multiplies the ordinary events, not the attack; 1.0 is about 50,000 events.
        force: write although the folder is not empty; `evidence` and `answers.json` in it are replaced.
        progress: called with the work done and the work in all, as it goes on.

    Returns:
        The folder.

    Raises:
        UnknownName: if there is no such scenario.
        ParameterError: if the size is not positive or not below 10,000.
        EvidenceError: if the folder is a file, or is not empty and `force` is not given.

    Example:
        >>> import tempfile
        >>> folder = practice(tempfile.mkdtemp(), seed=7, size=0.02)
        >>> (folder / "answers.json").exists()
        True
    """
    target = Path(folder)
    story = scenarios[scenario]()
    if not 0 < size < 10_000:
        raise ParameterError(f"A size of {size} cannot be generated.", hint="Choose one above 0 and below 10,000.")
    _check_empty(target, force=force)
    target.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=".practice-", dir=target))
    try:
        answers = story.write(draft / "evidence", seed=seed, size=size, progress=progress or _silent)
        (draft / "answers.json").write_text(answers.model_dump_json(indent=2) + "\n", encoding="utf-8")
        _replace(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _check_empty(folder: Path, *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise EvidenceError("This is not a folder.", path=folder)
    if not force and folder.is_dir() and any(folder.iterdir()):
        raise EvidenceError("The folder is not empty.", path=folder, hint="Choose another one, or force it.")


def _replace(draft: Path, target: Path) -> None:
    """Move finished evidence to its place; what is there from an earlier time goes only now."""
    if (target / "evidence").exists():
        shutil.rmtree(target / "evidence")
    for name in ("evidence", "answers.json"):
        (draft / name).replace(target / name)


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
