"""Populations from files."""

from __future__ import annotations

from pathlib import Path

from engine.language.diagnostics import Diagnostic, Mark
from engine.release import Release
from simulations.populations.asks_lines import lines_of
from simulations.populations.columns.structures import Nulls
from simulations.populations.frames import Source, frames
from simulations.populations.population import Population
from simulations.populations.problem import PopulationError
from simulations.populations.requests import requests

ENDINGS = (".parquet", ".csv", ".jsonl", ".jsonl.gz")


def read_population(release: Release, file: Path, now: int | None = None, nulls: Nulls = "unknown") -> Population:
    """Return the population of a file: rows in Parquet or CSV, or requests in JSON Lines.

    `now` is the moment of asks that do not say; `nulls` is what a null means in rows where a fact may be none.
    Raises `PopulationError`.
    """
    if file.name.endswith((".jsonl", ".jsonl.gz")):
        return requests(release, lines_of(file), now)
    if file.name.endswith((".parquet", ".csv")):
        return frames(release, Source(file, now, nulls))
    help_ = "name a file that ends in " + ", ".join(f"`{ending}`" for ending in ENDINGS)
    raise PopulationError(
        [
            Diagnostic(
                Mark(file.as_posix()),
                "not-a-population",
                "this is no kind of file that populations are read from",
                help_,
            )
        ]
    )
