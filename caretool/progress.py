"""How far an import is: a bar on a terminal's standard error, once a second has passed."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, TaskID

_PATIENCE = 1.0  # seconds


class _Bar:
    """Shows records read, records a second and time left; nothing at all while it is quick."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.began = time.monotonic()
        self.shown: tuple[Progress, TaskID] | None = None

    def advance(self, records: int, total: int) -> None:
        if self.shown is None:
            if time.monotonic() - self.began < _PATIENCE:
                return
            self.shown = self._begin(total)
        progress, task = self.shown
        passed = max(time.monotonic() - self.began, 0.001)
        progress.update(task, completed=records, rate=f"{records / passed:,.0f} rows/s")

    def _begin(self, total: int) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Shown

        shown = Shown(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # it is for data
        )
        shown.start()
        return shown, shown.add_task(self.name, total=total or None, rate="")

    def end(self) -> None:
        if self.shown is not None:
            self.shown[0].stop()


@contextmanager
def progress(name: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A function to tell how many records of how many are done; off a terminal nothing is drawn."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda records, total: None  # noqa: ARG005 - nobody looks
        return
    bar = _Bar(name)
    try:
        yield bar.advance
    finally:
        bar.end()
