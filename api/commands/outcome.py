"""`leeway outcome`: what a customer answers to an offer."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import click
import orjson

from api.desks import agent_of, by_options, desk, desk_pack_option, json_option, ledger_option, now, refusals
from api.moments import DAY, MOMENT
from schemas.events import Event, GrantEvent, OutcomeWord, PromiseMadeEvent

WORDS = ("accepted", "declined", "postponed", "overridden")


@click.command("outcome")
@click.argument("decision", metavar="DECISION")
@click.argument("outcome", type=click.Choice(WORDS))
@desk_pack_option
@ledger_option
@by_options
@click.option("--amount", metavar="AMOUNT", help="How much was taken, where it is not what was offered.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@click.option(
    "--until",
    type=DAY,
    metavar="DAY",
    help="With `postponed`: the last day on which the offer stays good [default: as the action says].",
)
@click.option("--at", type=MOMENT, metavar="MOMENT", help="When it was, ISO 8601 with an offset [default: now].")
@click.option("--id", "id_", metavar="ID", help="The outcome's own id; sent again with the same, it is kept once.")
@json_option
@click.pass_context
def command(ctx: click.Context, /, decision: str, outcome: OutcomeWord, **given: Any) -> None:
    """Record what became of the offer of DECISION.

    An offer that is accepted is checked again with what was granted meanwhile, then granted, and what the action
    promises is promised. One that is postponed stands as long as the action says, or to an earlier day.
    """
    from api.serving.outcomes import settled  # noqa: PLC0415 - the database is slow to import
    from engine.memory.taking import Taken  # noqa: PLC0415

    taken = Taken(
        id=given["id_"] or f"o-{uuid4().hex}",
        outcome=outcome,
        at=given["at"] or now(),
        amount=_amount(given["amount"]),
        reason=given["reason"],
        stands_until=given["until"],
        agent=agent_of(given["role"], given["agent_id"], given["team"]),
    )
    with refusals(ctx), desk(ctx, given["ledger"], given["pack"]) as one:
        events = settled(one, decision, taken)
    for event in events:
        click.echo(orjson.dumps(event.model_dump(mode="json")) if given["as_json"] else _told(event))


def _amount(text: str | None) -> str | int | None:
    return int(text) if text is not None and text.isdecimal() else text


def _told(event: Event) -> str:
    """Return what an event says, in a line."""
    match event:
        case GrantEvent(action=action, amount=amount):
            return f"granted: {action}" + ("" if amount is None else f" {amount}")
        case PromiseMadeEvent(id=id_, promise="offer", due=due):
            return f"stands: until {due} ({id_})"
        case PromiseMadeEvent(id=id_, promise=promise, due=due):
            return f"promised: {promise} by {due} ({id_})"
        case _:
            return f"{event.kind}: {event.id}"
