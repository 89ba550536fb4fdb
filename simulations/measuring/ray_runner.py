"""Batches measured on a Ray cluster: numbers of batches in, small sums out."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import ray
import ray.data

from simulations.measuring.job import Job
from simulations.measuring.measuring import Measurer
from simulations.measuring.sums import Tally


class Measuring:
    """Measures batches of a job, one after the other, in one process of the cluster."""

    def __init__(self, job: bytes) -> None:
        """Take the job as it was sent."""
        self._measurer = Measurer(pickle.loads(job))  # noqa: S301 - this process's own starter sent it

    def __call__(self, row: dict[str, int]) -> dict[str, int | bytes]:
        """Return the number of a batch with its tally, pickled."""
        return {"id": row["id"], "tally": pickle.dumps(self._measurer.tally(row["id"]))}


def on_ray(job: Job, address: str, workers: int | None) -> Iterator[Tally]:
    """Yield the tallies of a job's batches in order, as the cluster at an address makes them."""
    started = not ray.is_initialized()
    if started:
        ray.init(address=address, log_to_driver=False)
    try:
        batches = len(job.population)
        numbers = ray.data.range(batches, override_num_blocks=batches)
        sent = (pickle.dumps(job),)
        rows = numbers.map(Measuring, fn_constructor_args=sent, concurrency=workers or (1, batches))  # type: ignore[arg-type]  # a class is made once for each worker
        early: dict[int, bytes] = {}
        place = 0
        for row in rows.iter_rows():
            early[row["id"]] = row["tally"]
            while place in early:
                yield pickle.loads(early.pop(place))  # noqa: S301 - the cluster's own workers sent it
                place += 1
    finally:
        if started:
            ray.shutdown()
