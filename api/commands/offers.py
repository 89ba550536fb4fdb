"""`leeway offers`: what may be offered to each customer."""

from __future__ import annotations

import functools

import click

from api.folders import reported
from api.lines import answer_lines, pack_option, requests_option
from engine.offers import offers
from engine.release import Release
from schemas.decision import OfferEntry
from schemas.request import DecisionRequest


@click.command("offers")
@pack_option
@requests_option
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, one object a request.")
@click.pass_context
def command(ctx: click.Context, pack: str | None, requests: str, as_json: bool) -> None:
    """Say what may be offered to each customer: every action, what this agent may grant of it, and who may go higher.

    Requests are those of `decide`, without an `ask`; an action that is only granted when asked for is listed where the
    request asks for it.
    """
    write = functools.partial(_written, as_json=as_json)
    ctx.exit(int(not reported(ctx, lambda: answer_lines(ctx, pack, requests, write))))


def _written(release: Release, request: DecisionRequest, as_json: bool) -> bytes:
    found = offers(release, request)
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
    if higher:
        parts.append(f"higher: {', '.join(higher)}")
    if one.verdict == "decline":
        parts.append(f"because {', '.join(one.reasons)}")
    return "; ".join(parts)


def _amount(amount: str | int, unit: str, currency: str) -> str:
    return f"{amount} {unit or currency}" if isinstance(amount, str) else f"{amount} {unit}".strip()
