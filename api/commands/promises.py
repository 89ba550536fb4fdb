"""`leeway promises`: what is still to be kept, and what was kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
import orjson

from api.desks import desk, desk_pack_option, json_option, ledger_option, now, refusals
from api.moments import DAY

if TYPE_CHECKING:
    from engine.memory.promises import Kept, Promise


@click.command("promises")
@desk_pack_option
@ledger_option
@click.option("--due", type=DAY, metavar="DAY", help="The day by whose end they are due [default: today].")
@click.option("--customer", metavar="ID", help="Every promise that was made to one customer, whatever became of it.")
@click.option(
    "--kept", "by", type=click.Choice(("pack", "owner", "segment")), help="How many were kept, by this, instead."
)
@json_option
@click.pass_context
def command(ctx: click.Context, /, pack: str, ledger: str | None, as_json: bool, **given: Any) -> None:
    """List the promises that are still to be kept, overdue ones first."""
    from api.serving.promising import due_by, kept_by, made_to  # noqa: PLC0415 - the database is slow to import

    with refusals(ctx), desk(ctx, ledger, pack) as one:
        if given["by"] is not None:
            _print_rates(kept_by(one, now(), given["by"]), as_json)
        elif given["customer"] is not None:
            _print(made_to(one, given["customer"], now()), as_json)
        else:
            _print(due_by(one, now(), given["due"]), as_json)


def _print(promises: Iterable[Promise], as_json: bool) -> None:
    for one in promises:
        event = one.event
        if as_json:
            said = {**event.model_dump(mode="json"), "state": one.state, "late": one.late}
            click.echo(orjson.dumps(said))
        else:
            late = ", late" if one.late else ""
            who = event.customer or "an erased customer"
            click.echo(f"{event.due}  {one.state}{late}  {event.action}: {event.promise}, to {who} ({event.id})")


def _print_rates(rates: dict[str, Kept], as_json: bool) -> None:
    for group, kept in rates.items():
        rate = None if kept.rate is None else f"{float(kept.rate):.1%}"
        counts = {"in_time": kept.in_time, "late": kept.late, "broken": kept.broken, "open": kept.open}
        if as_json:
            share = None if kept.rate is None else float(kept.rate)
            click.echo(orjson.dumps({"group": group, **counts, "rate": share}))
        else:
            told = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())
            click.echo(f"{group or '(none)'}: {rate or 'no data'} kept in time; {told}")
