"""`leeway population`: customers to simulate with, drawn and described."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from api.folders import folder_of
from api.progress import progress
from api.releases import releases
from api.studying import told
from engine.release import Release

if TYPE_CHECKING:
    from simulations.populations.population import Population


@click.group("population")
def command() -> None:
    """Draw customers from a specification, and say what they are like."""


POPULATION = click.argument("population", type=click.Path(exists=True, dir_okay=False, path_type=Path))
PACK = click.option("--pack", metavar="PACK", required=True, help="The pack whose facts they are, a folder or name.")
CUSTOMERS = click.option(
    "--customers", type=click.IntRange(1), metavar="N", help="Draw so many, whatever the specification."
)


@command.command("make")
@POPULATION
@PACK
@CUSTOMERS
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE.parquet")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@click.pass_context
def make(ctx: click.Context, /, output: Path, as_json: bool, **given: Any) -> None:
    """Write the customers and asks of POPULATION to a Parquet file, a row for each ask."""
    with told(ctx), releases() as take:
        from simulations.populations.writing import write_parquet  # noqa: PLC0415 - slow to import

        release, drawn = _opened(ctx, take, **given)
        with progress("writing batches", len(drawn), worth=2) as step:
            rows = write_parquet(release.policy, drawn, output, step)
        if as_json:
            click.echo(orjson.dumps({"file": str(output), "customers": drawn.customers, "rows": rows}))
        else:
            click.echo(f"{output}: {drawn.customers:,} customers, {rows:,} rows")


@command.command("describe")
@POPULATION
@PACK
@CUSTOMERS
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def describe(ctx: click.Context, /, as_json: bool, **given: Any) -> None:
    """Say what the customers of POPULATION are like: each fact's values, and how often each action is asked for."""
    with told(ctx), releases() as take:
        from simulations.populations.describing import describe as described  # noqa: PLC0415 - slow to import
        from simulations.populations.describing import summary_text  # noqa: PLC0415 - slow to import

        release, drawn = _opened(ctx, take, **given)
        summary = described(drawn, release.policy)
        click.echo(summary.model_dump_json(indent=2) if as_json else summary_text(summary), nl=as_json)


def _opened(
    ctx: click.Context, take: Callable[[Path], Release], population: Path, pack: str, customers: int | None
) -> tuple[Release, Population]:
    from simulations.populations.opening import Reading, opened  # noqa: PLC0415 - slow to import

    release = take(folder_of(ctx, pack))
    return release, opened(population, release, Reading(customers=customers))
