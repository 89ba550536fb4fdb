"""`leeway feedback`: what somebody thinks of a rule."""

from __future__ import annotations

from typing import Any, Literal
from uuid import uuid4

import click

from api.desks import agent_of, by_options, desk, desk_pack_option, json_option, ledger_option, now, refusals
from schemas.events import FeedbackEvent


@click.command("feedback")
@click.argument("rule", metavar="RULE")
@desk_pack_option
@ledger_option
@by_options
@click.option("--helps/--hinders", default=None, help="Whether the rule helps customers and the desk.")
@click.option("--text", default="", metavar="TEXT", help="What they say.")
@click.option("--from", "by", type=click.Choice(("employee", "customer")), default="employee", show_default=True)
@click.option("--customer", metavar="ID", help="Which customer says it.")
@json_option
@click.pass_context
def command(ctx: click.Context, /, rule: str, by: Literal["employee", "customer"], **given: Any) -> None:
    """Record what an employee or a customer thinks of RULE; the scorecard shows it beside the rule."""
    from api.serving.recording import recorded  # noqa: PLC0415 - the database is slow to import

    event = FeedbackEvent(
        id=f"f-{uuid4().hex}",
        at=now(),
        agent=agent_of(given["role"], given["agent_id"], given["team"]),
        customer=given["customer"],
        rule=rule,
        by=by,
        helps=given["helps"],
        text=given["text"],
    )
    with refusals(ctx), desk(ctx, given["ledger"], given["pack"]) as one:
        kept = recorded(one.ledger, one.release, event)
    click.echo(kept.model_dump_json(exclude_none=True) if given["as_json"] else f"recorded: {kept.id}")
