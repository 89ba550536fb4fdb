"""`leeway population`: customers to simulate with, drawn and described."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson
from click.core import ParameterSource

from api.desks import ledger_option
from api.folders import folder_of
from api.progress import progress
from api.releases import releases
from api.studying import LEDGER, FileOrLedger, past_decisions, told
from engine.release import Release

if TYPE_CHECKING:
    from simulations.populations.population import Population


@click.group("population")
def command() -> None:
    """Draw customers from a specification, and say what they are like."""


FILE = click.argument("population", type=click.Path(exists=True, dir_okay=False, path_type=Path))
SOURCE = click.argument("population", type=FileOrLedger(exists=True, dir_okay=False, path_type=Path))
PACK = click.option("--pack", metavar="PACK", required=True, help="The pack whose facts they are, a folder or name.")
CUSTOMERS = click.option(
    "--customers", type=click.IntRange(1), metavar="N", help="Draw so many, whatever the specification."
)


@command.command("make")
@FILE
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
@SOURCE
@PACK
@ledger_option
@CUSTOMERS
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def describe(ctx: click.Context, /, as_json: bool, **given: Any) -> None:
    """Say what the customers of POPULATION are like: each fact's values, and how often each action is asked for.

    `ledger` in the place of a file: those of the decisions that the ledger keeps, with the facts that the policy read.
    """
    with told(ctx), releases() as take:
        from simulations.populations.describing import describe as described  # noqa: PLC0415 - slow to import
        from simulations.populations.describing import summary_text  # noqa: PLC0415 - slow to import

        release, drawn = _opened(ctx, take, **given)
        summary = described(drawn, release.policy)
        click.echo(summary.model_dump_json(indent=2) if as_json else summary_text(summary), nl=as_json)


def _opened(ctx: click.Context, take: Callable[[Path], Release], **given: Any) -> tuple[Release, Population]:
    """Return the release of the pack, and the customers of a file, or of what the ledger keeps."""
    from simulations.populations.opening import Reading, opened  # noqa: PLC0415 - slow to import

    release, source = take(folder_of(ctx, given["pack"])), given["population"]
    if source == LEDGER:
        return release, past_decisions(release, given["ledger"])
    if given.get("ledger") is not None and ctx.get_parameter_source("ledger") is ParameterSource.COMMANDLINE:
        raise click.UsageError("`--ledger` says where decisions are read: name `ledger` in the place of a file", ctx)
    return release, opened(source, release, Reading(customers=given["customers"]))
