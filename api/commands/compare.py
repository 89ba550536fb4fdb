"""`leeway compare`: what a change of policy would do."""

from __future__ import annotations

from typing import Any

import click

from api.studying import comparing, read, told, wanted, written


@click.command("compare")
@comparing
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Hold each candidate of a simulation against the baseline, on the same customers, asks and draws.

    Exit status 1 where a `fail` gate is crossed.
    """
    with told(ctx):
        from simulations.study import study_of  # noqa: PLC0415 - what simulates is slow to import

        wish = wanted(**given)
        study = study_of(read(ctx, wish, compare=True))
        written(study, wish)
        ctx.exit(int(any(one.advice == "do not ship" for one in study.comparisons)))
