"""`leeway simulate`: what a policy does for a whole population."""

from __future__ import annotations

from typing import Any

import click

from api.studying import read, simulating, told, wanted, written


@click.command("simulate")
@simulating
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Say what the baseline of a simulation does for its population: answers, costs, refusals, by segment."""
    with told(ctx):
        from simulations.study import study_of  # noqa: PLC0415 - what simulates is slow to import

        wish = wanted(**given)
        written(study_of(read(ctx, wish, compare=False)), wish)
