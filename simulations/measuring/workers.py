"""What a process does that measures for another.

Imports come late here: whoever starts processes waits until each has read what it is to do.
"""

from __future__ import annotations

import gc
import pickle
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulations.measuring.measuring import Measurer
    from simulations.measuring.sums import Tally, Tried

_mine: list[Measurer] = []
"""What this process measures with."""


def begin(job: bytes) -> None:
    """Prepare for a job, pickled; an interrupt is for the process that started this one to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from simulations.measuring.measuring import Measurer  # noqa: PLC0415 - see above

    _mine.append(Measurer(pickle.loads(job)))  # noqa: S301 - this process's own starter sent it
    gc.freeze()  # Nothing of this goes before the process does: collections need not look at it again and again.


def unit(place: int) -> Tally | Tried:
    """Return what a unit of the job comes to."""
    return _mine[0].unit(place)
