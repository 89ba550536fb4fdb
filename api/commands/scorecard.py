"""`leeway scorecard`: how customer-centric the organisation is."""

from __future__ import annotations

import sys
from datetime import date, datetime
from shutil import get_terminal_size
from typing import Any
from zoneinfo import ZoneInfo

import click

from api.desks import json_option, ledger_option, live, now, opened, refusals
from api.folders import chosen
from api.moments import DAY


@click.command("scorecard")
@click.argument("packs", nargs=-1, metavar="[PACK]...")
@ledger_option
@click.option("--from", "start", type=DAY, metavar="DAY", help="The first day [default: a year before the last].")
@click.option("--to", "end", type=DAY, metavar="DAY", help="The last day [default: today].")
@json_option
@click.pass_context
def command(ctx: click.Context, /, packs: tuple[str, ...], ledger: str | None, as_json: bool, **given: Any) -> None:
    """Measure how customer-centric we are, from the ledger and the packs (all that are found, unless named).

    Each measure comes with its definition and its counts.
    """
    from api.ledger.reading import Query  # noqa: PLC0415 - the database is slow to import
    from schemas.scorecard import Period  # noqa: PLC0415
    from simulations.scorecard.as_json import as_json as json_of  # noqa: PLC0415
    from simulations.scorecard.report import rendered  # noqa: PLC0415
    from simulations.scorecard.scorecard import scorecard  # noqa: PLC0415

    with refusals(ctx), opened(ctx, ledger) as found, live(found) as take:
        releases = [take(folder) for folder in chosen(ctx, packs)]
        if not releases:
            raise click.UsageError("there is no pack; name one, or say with `--packs` where they are", ctx)
        zone = releases[0].policy.conventions.zone
        first, last = _days(ctx, given["start"], given["end"], zone)
        period = Period(start=_begin(first, zone), end=_begin(_next(last), zone), timezone=zone, now=now())
        card = scorecard(releases, (one.event for one in found.ledger.events(Query())), period)
    if as_json:
        click.echo(json_of(card), nl=False)
    else:
        click.echo(rendered(card, get_terminal_size().columns, sys.stdout.isatty()), nl=False)


def _days(ctx: click.Context, start: date | None, end: date | None, zone: str) -> tuple[date, date]:
    """Return the first and the last day of the period."""
    last = end or now().astimezone(ZoneInfo(zone)).date()
    first = start or _year_before(last)
    if first > last:
        raise click.BadParameter("the first day is after the last", ctx, param_hint="--from")
    return first, last


def _year_before(day: date) -> date:
    """Return the day after the one a year before."""
    return _next(day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day))


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _begin(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
