"""`leeway tune`: better settings of a policy's parameters."""

from __future__ import annotations

from typing import Any

import click

from api.progress import progress
from api.studying import measured, read, simulating, told, wanted, written


@click.command("tune")
@simulating
@click.option("--trials", type=click.IntRange(1), metavar="N", default=60, show_default=True, help="Settings to try.")
@click.pass_context
def command(ctx: click.Context, /, trials: int, **given: Any) -> None:
    """Look for better values of the parameters that a simulation declares as tunable, within its `fail` gates.

    Finalists are rounded, scored again on customers that the search has not seen, and printed as patches.
    """
    with told(ctx, "optuna"):
        from simulations.study import study_of  # noqa: PLC0415 - what simulates is slow to import
        from simulations.tuning.tuning import Search, tuning_of  # noqa: PLC0415 - slow to import

        wish = wanted(**given)
        order = read(ctx, wish, compare=False)
        if not order.simulation.tunables or not order.simulation.objectives:
            raise click.UsageError("the specification has no `tunable:` parameters, or no `objectives:`", ctx)
        with progress("trying settings", trials, worth=2) as step:
            tuning = tuning_of(Search(order.policies, order.population, trials, lambda job: measured(job, wish), step))
        written(study_of(order).model_copy(update={"tuning": tuning}), wish)
