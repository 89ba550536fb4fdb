"""A progress bar on long work at a terminal, and nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONG = 500
"""From so many steps on, work is worth a bar."""


@contextmanager
def progress(title: str, total: int, worth: int = LONG) -> Iterator[Callable[[], None]]:
    """Yield what to call after each step of the work; from `worth` steps on, there is a bar with the time left."""
    if total < worth or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import, and few runs show a bar
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)
