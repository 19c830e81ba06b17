"""Progress bars for long work: one for each stage, in a terminal and in a notebook, and none where nobody looks."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Step = Callable[[int, int, str], None]  # done, in all (0: unknown), what is at hand
    Tell = Callable[[float, str], None]  # how far something is, from 0 to 1, and what is at hand


def watched() -> bool:
    """Whether somebody is likely to look: a terminal, or a notebook."""
    return sys.stderr.isatty() or _in_notebook()


def _in_notebook() -> bool:
    """Whether this process is a kernel; having its package loaded is not enough, programs that run notebooks have that."""
    kernel: Any = sys.modules.get("ipykernel.kernelapp")
    return kernel is not None and bool(kernel.IPKernelApp.initialized())


@contextmanager
def told(title: str) -> Iterator[Tell]:
    """Show a bar once there is something to tell of how far it is: what is done before that needs none."""
    with ExitStack() as shown:
        steps: list[Step] = []

        def tell(done: float, at_hand: str) -> None:
            if not steps:
                steps.append(shown.enter_context(stage(title)))
            steps[0](round(done * 100), 100, at_hand)

        yield tell


@contextmanager
def stage(title: str, *, show: bool | None = None, in_bytes: bool = False) -> Iterator[Step]:
    """Show one stage's bar while the block runs; the block calls what it is given with (done, in all, what is at hand).

    Args:
        title: what the stage does.
        show: whether to draw; by default where somebody is likely to look.
        in_bytes: whether the numbers are bytes.
    """
    if not (watched() if show is None else show):
        yield lambda *_: None
        return
    from rich.console import Console  # noqa: PLC0415 - drawing is paid for by those who see it
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    amount = DownloadColumn() if in_bytes else MofNCompleteColumn()
    text = TextColumn("{task.description:<26}", markup=False)
    at_hand = TextColumn("{task.fields[at_hand]}", style="dim", markup=False)
    console = Console(stderr=True)
    with Progress(text, BarColumn(bar_width=30), amount, TimeElapsedColumn(), at_hand, console=console) as bars:
        task = bars.add_task(title, total=None, at_hand="")

        def step(done: int, total: int, at_hand: str) -> None:
            bars.update(task, completed=done, total=total or None, at_hand=at_hand[-60:])

        yield step
