"""`leeway offers`: what may be offered to each customer."""

from __future__ import annotations

import functools
from typing import Any

import click

from api.desks import answered, lines_of, lines_options
from api.folders import reported
from api.lines import answer_lines
from engine.offers import offers
from engine.release import Release
from schemas.decision import BudgetLeft, OfferEntry, Offers
from schemas.request import DecisionRequest

WHEN = {"day": "today", "week": "this week", "month": "this month"}


@click.command("offers")
@lines_options
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, one object a request.")
@click.pass_context
def command(ctx: click.Context, /, as_json: bool, **given: Any) -> None:
    """Say what may be offered to each customer: every action, what this agent may grant of it, and who may go higher.

    Requests are those of `decide`, without an `ask`; an action that is only granted when asked for is listed where the
    request asks for it. With a ledger, what was granted, promised and said before counts.
    """
    lines = lines_of(given)
    if lines.ledger is not None:
        from api.serving.deciding import offered  # noqa: PLC0415 - the database is slow to import

        ctx.exit(int(not answered(ctx, lines, lambda desk, request: _told(offered(desk, request), as_json))))
    write = functools.partial(_written, as_json=as_json)
    ctx.exit(int(not reported(ctx, lambda: answer_lines(ctx, lines.pack, lines.requests, write))))


def _written(release: Release, request: DecisionRequest, as_json: bool) -> bytes:
    return _told(offers(release, request), as_json)


def _told(found: Offers, as_json: bool) -> bytes:
    """Return what may be offered, as JSON or in lines."""
    if as_json:
        return found.model_dump_json().encode()
    head = f"{found.id}: what may be offered, {found.now}"
    return "\n".join([head, *(f"  {_line(one, found.currency)}" for one in found.offers), ""]).encode()


def _line(one: OfferEntry, currency: str) -> str:
    """Return an action's line: its verdict and title, how much, and who may go higher."""
    parts = [f"{one.verdict:8} {one.title}"]
    if one.amount is not None:
        parts.append(_amount(one.amount, one.unit, currency))
    if one.verdict == "ask":
        parts.append(f"needs {', '.join(one.needs)}")
    if one.desk or one.rung:
        parts.append(f"by {one.desk or one.rung}")
    higher = [
        rung if amount is None else f"{rung} up to {_amount(amount, one.unit, currency)}"
        for rung, amount in one.ceilings.items()
        if rung != one.rung
    ]
    parts += [_left(left, one, currency) for left in one.budgets]
    if higher:
        parts.append(f"higher: {', '.join(higher)}")
    if one.verdict == "decline":
        parts.append(f"because {', '.join(one.reasons)}")
    return "; ".join(parts)


def _left(left: BudgetLeft, one: OfferEntry, currency: str) -> str:
    """Return what is left of a budget."""
    when = WHEN[left.span] + (" for the team" if left.whose == "team" else "")
    if left.left is None or left.budget is None:
        return f"what is left {when} is not known"
    most, rest = (_amount(amount, one.unit, currency) for amount in (left.budget, left.left))
    return f"{rest} of {most} left {when}"


def _amount(amount: str | int, unit: str, currency: str) -> str:
    return f"{amount} {unit or currency}" if isinstance(amount, str) else f"{amount} {unit}".strip()
