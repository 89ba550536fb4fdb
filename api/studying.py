"""What the commands that simulate have in common: their options, the work, and where reports go."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

import click
import orjson
from click.core import ParameterSource

from api.desks import ledger_option
from api.folders import folder_of
from api.progress import progress
from api.writing import write_whole
from engine.language.diagnostics import Diagnostics, PolicyError, did_you_mean

if TYPE_CHECKING:
    from engine.release import Release
    from schemas.study import Study
    from simulations.measuring.job import Job
    from simulations.measuring.sums import Tally
    from simulations.populations.population import Population
    from simulations.specs.simulation import Candidate, Simulation
    from simulations.study import Order

Command = TypeVar("Command", bound=Callable[..., object])

NEEDED: Final = ("numpy", "polars", "scipy", "matplotlib")
PAGE: Final = 120
"""How wide a report in a text file is."""
ENDINGS: Final = (".html", ".json", ".jsonl", ".txt")
LEDGER: Final = "ledger"
"""What stands in place of a file for the ledger's own decisions."""
Source: TypeAlias = Path | Literal["ledger"]


class FileOrLedger(click.Path):
    """A file that is there, or the word `ledger`."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Return the path, or the word."""
        return LEDGER if value == LEDGER else super().convert(value, param, ctx)


OPTIONS: Final = (
    click.argument("spec", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    click.option(
        "--population",
        type=FileOrLedger(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Customers and asks, in place of those that SPEC names: .yaml, .parquet, .csv, .jsonl or .jsonl.gz; or "
        "`ledger`, for the decisions that the ledger keeps.",
    ),
    ledger_option,
    click.option("--customers", type=click.IntRange(1), metavar="N", help="Draw so many, whatever the specification."),
    click.option("--seed", type=click.IntRange(0), metavar="N", help="Draw other responses and resamples."),
    click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes [default: one a core]."),
    click.option("--runner", type=click.Choice(("local", "ray")), default="local", show_default=True),
    click.option("--address", metavar="ADDRESS", default="auto", show_default=True, help="Of the Ray cluster."),
    click.option(
        "--output",
        "outputs",
        type=click.Path(dir_okay=False, path_type=Path),
        multiple=True,
        metavar="FILE",
        help="Write the report there too: .html, .json, .txt, or .jsonl for the changed cases as requests.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the study as JSON."),
)
COMPARING: Final = (
    click.option("--candidate", "candidates", multiple=True, metavar="NAME", help="Compare this one; may be repeated."),
    click.option(
        "--attribution/--no-attribution",
        default=True,
        show_default=True,
        help="Divide each difference over the edits that make it.",
    ),
)


@dataclass(frozen=True)
class Wanted:
    """What the options say."""

    spec: Path
    population: Source | None
    ledger: str | None
    """Where it is, should the population be its decisions."""
    customers: int | None
    seed: int | None
    workers: int | None
    runner: str
    address: str
    outputs: tuple[Path, ...]
    as_json: bool
    candidates: tuple[str, ...] = ()
    """Empty: all of the specification."""
    attribution: bool = True


def simulating(command: Command) -> Command:
    """Give a command the options of one that simulates."""
    return _with(command, OPTIONS)


def comparing(command: Command) -> Command:
    """Give a command the options of one that compares."""
    return _with(command, (*OPTIONS, *COMPARING))


def _with(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def wanted(**given: Any) -> Wanted:
    """Return what the options say; refuse a report of a kind that there is none of."""
    for path in given["outputs"]:
        if path.suffix not in ENDINGS:
            raise click.BadParameter(f"`{path.name}` has to end in one of {', '.join(ENDINGS)}", param_hint="--output")
        if not path.parent.is_dir():
            raise click.BadParameter(f"there is no folder `{path.parent}`", param_hint="--output")
    return Wanted(**given)


@contextmanager
def told(ctx: click.Context, *further: str) -> Iterator[None]:
    """Say what is missing or wrong, and exit 1; `further`: packages that the command needs beside the usual ones."""
    absent = [name for name in (*NEEDED, *further) if find_spec(name) is None]
    if absent:
        extras = "simulate,tune" if further else "simulate"
        click.echo(f"this needs {', '.join(absent)}: pip install 'leeway[{extras}]'", err=True)
        ctx.exit(1)
    from simulations.populations.problem import PopulationError  # noqa: PLC0415 - what simulates is slow to import

    try:
        yield
    except (PolicyError, PopulationError) as problem:
        for line in problem.diagnostics:
            click.echo(str(line), err=True)
        ctx.exit(1)


def read(ctx: click.Context, wish: Wanted, compare: bool) -> Order:
    """Return what is to be studied: of the baseline alone, or of every candidate too."""
    from simulations.policies import Policies  # noqa: PLC0415 - slow to import
    from simulations.specs.read import read_simulation  # noqa: PLC0415 - slow to import
    from simulations.study import Order  # noqa: PLC0415 - slow to import

    simulation, pack = read_simulation(wish.spec, lambda name: folder_of(ctx, name), Diagnostics())
    if wish.seed is not None:
        simulation = replace(simulation, seed=wish.seed)
    return Order(
        policies=Policies(simulation, pack),
        population=_population(ctx, wish, simulation, pack),
        candidates=_chosen(ctx, simulation.candidates, wish) if compare else (),
        run=lambda job: measured(job, wish),
        command=shlex.join(["leeway", *sys.argv[1:]]),
        attribution=wish.attribution,
    )


def _population(ctx: click.Context, wish: Wanted, simulation: Simulation, pack: Release) -> Population:
    """Return the customers and asks that are wanted, else those that the specification names."""
    from simulations.populations.opening import Reading, opened  # noqa: PLC0415 - slow to import

    if wish.population == LEDGER:
        return past_decisions(pack, wish.ledger)
    if ctx.get_parameter_source("ledger") is ParameterSource.COMMANDLINE:
        raise click.UsageError("`--ledger` says where decisions are read: add `--population ledger`", ctx)
    file = wish.population or simulation.population
    if file is None:
        raise click.UsageError("the specification names no population: add --population FILE", ctx)
    return opened(file, pack, Reading(now=simulation.now, customers=wish.customers))


def past_decisions(pack: Release, ledger: str | None) -> Population:
    """Return the decisions that a ledger keeps; say which are left out."""
    from api.serving.population import replayable  # noqa: PLC0415 - the database is slow to import

    found = replayable(pack, ledger)
    if told_of := str(found.left_out):
        click.echo(told_of, err=True)
    return found.population


def _chosen(ctx: click.Context, candidates: tuple[Candidate, ...], wish: Wanted) -> tuple[Candidate, ...]:
    """Return the candidates to compare, in the order of the specification."""
    known = [one.name for one in candidates]
    for name in wish.candidates:
        if name not in known:
            near = did_you_mean(name, known)
            raise click.UsageError(f"there is no candidate `{name}`" + (f"; {near}" if near else ""), ctx)
    return tuple(one for one in candidates if one.name in wish.candidates) if wish.candidates else candidates


def measured(job: Job, wish: Wanted) -> Tally:
    """Return the tally of a job, with a bar that says how far it is."""
    from simulations.measuring.runners import Local, OnRay, run  # noqa: PLC0415 - slow to import

    runner = OnRay(wish.address, wish.workers) if wish.runner == "ray" else Local(_workers(job, wish))
    with progress("measuring", job.units, worth=2) as step:
        return run(job, runner, step)


def _workers(job: Job, wish: Wanted) -> int:
    return min(wish.workers or os.cpu_count() or 1, job.units)


def written(study: Study, wish: Wanted) -> None:
    """Print a study, and write its reports, each whole or not at all."""
    contents = {path: _content(study, path) for path in wish.outputs}
    for path, content in contents.items():
        write_whole(path, content)
    if wish.as_json:
        click.echo(_json(study))
    else:
        click.echo(_text(study, get_terminal_size().columns, sys.stdout.isatty()), nl=False)


def _text(study: Study, width: int, colour: bool = False) -> str:
    from simulations.reports.terminal import terminal  # noqa: PLC0415 - what simulates is slow to import

    return terminal(study, width, colour)


def _json(study: Study) -> str:
    from simulations.reports.as_json import as_json  # noqa: PLC0415 - what simulates is slow to import

    return as_json(study)


def _content(study: Study, path: Path) -> bytes:
    """Return a report by the ending of its file."""
    match path.suffix:
        case ".html":
            from simulations.reports.html import html  # noqa: PLC0415 - plots are slow to import

            return html(study).encode()
        case ".json":
            return f"{_json(study)}\n".encode()
        case ".jsonl":
            return _cases(study)
        case _:
            return _text(study, PAGE).encode()


def _cases(study: Study) -> bytes:
    """Return the changed cases as requests, a line each, that can be decided and explained."""
    cases = (case for one in study.comparisons for case in one.changed.cases)
    return b"".join(orjson.dumps(case.request) + b"\n" for case in cases)
