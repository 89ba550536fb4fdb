"""`leeway test`: the scenarios of policy packs, run."""

from __future__ import annotations

import click

from api.folders import chosen, reported
from api.progress import progress
from api.releases import releases
from simulations.scenarios.outcome import Outcome, outcome_of
from simulations.scenarios.report import FORMATS
from simulations.scenarios.suite import Suite, suite_of


@click.command("test")
@click.argument("packs", nargs=-1)
@click.option("--coverage", is_flag=True, help="Say which rules and conditions were seen both true and false.")
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail where less was seen; implies --coverage.",
)
@click.option(
    "--format", "form", type=click.Choice(("pretty", "json", "junit", "github")), default="pretty", show_default=True
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.pass_context
def command(ctx: click.Context, packs: tuple[str, ...], coverage: bool, min_coverage: float | None, form: str) -> None:
    """Run the scenarios of the packs (of all that can be found, unless named)."""
    folders = reported(ctx, lambda: chosen(ctx, packs))
    with releases() as take:
        suites = reported(ctx, lambda: [suite_of(take(folder), folder) for folder in folders])
        outcomes = _run(suites, coverage or min_coverage is not None)
    if text := FORMATS[form](outcomes):
        click.echo(text)
    least = min_coverage or 0
    short = [one.pack for one in outcomes if not one.reaches(least)]
    for pack in short:
        click.echo(f"{pack}: coverage is below {least:g} %", err=True)
    ctx.exit(int(bool(short) or any(one.failed for one in outcomes)))


def _run(suites: list[Suite], covered: bool) -> list[Outcome]:
    with progress("running scenarios", sum(len(suite.scenarios) for suite in suites)) as step:
        return [outcome_of(suite, covered, lambda _: step()) for suite in suites if suite.scenarios]
