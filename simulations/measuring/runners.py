"""Where batches are measured: here, by several processes or on a Ray cluster, and always added up in the same order."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from multiprocessing import active_children, get_context
from typing import Final, TypeAlias, assert_never

from simulations.measuring.job import Job
from simulations.measuring.measuring import Measurer
from simulations.measuring.sums import Tally, Tried, merged
from simulations.measuring.workers import begin, unit

THREADS: Final = "POLARS_MAX_THREADS"


@dataclass(frozen=True, slots=True)
class Local:
    """This machine: in this process, or by as many others as are wanted."""

    workers: int = 1


@dataclass(frozen=True, slots=True)
class OnRay:
    """A Ray cluster by its address (`auto`: the one that this machine belongs to; `local`: one started for it)."""

    address: str
    workers: int | None = None
    """None: as many as the cluster has room for."""


Runner: TypeAlias = Local | OnRay


def run(job: Job, runner: Runner, progress: Callable[[], None]) -> Tally:
    """Return what the policies of a job come to over its whole population, to the last digit the same on any runner.

    `progress` is called after each of its units. Whoever stops this stops its workers.
    """
    found = _counted(_units(job, runner), progress)
    tally = reduce(merged, (one for one in islice(found, len(job.population)) if isinstance(one, Tally)))
    return replace(tally, tried=tuple(one for one in found if isinstance(one, Tried)))


def _units(job: Job, runner: Runner) -> Iterator[Tally | Tried]:
    """Yield what each batch comes to, in order, and then each trial."""
    match runner:
        case Local(workers=1):
            yield from map(Measurer(job).unit, range(job.units))
        case Local(workers=workers):
            yield from _by_processes(job, min(workers, job.units))
        case OnRay(address=address, workers=workers):
            from simulations.measuring.ray_runner import on_ray  # noqa: PLC0415 - an extra that most do without

            yield from on_ray(job, address, workers)
            # The packs that trials load lie here, and maybe nowhere else.
            yield from map(Measurer(job).tried, range(len(job.trials)))
        case _ as never:
            assert_never(never)


def _counted(found: Iterator[Tally | Tried], progress: Callable[[], None]) -> Iterator[Tally | Tried]:
    for one in found:
        yield one
        progress()


def _by_processes(job: Job, workers: int) -> Iterator[Tally | Tried]:
    """Yield what other processes make of units; none of these is left when this ends, however it ends."""
    others = {child.pid for child in active_children()}
    with ProcessPoolExecutor(workers, get_context("spawn"), begin, (pickle.dumps(job),)) as pool:
        try:
            with _single_threaded():
                found = pool.map(unit, range(job.units))
            yield from found
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in active_children():
                if child.pid not in others:
                    child.terminate()
            raise


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Have processes that start meanwhile use one core each."""
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[THREADS]
        else:
            os.environ[THREADS] = before
