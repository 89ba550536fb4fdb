"""`leeway record`: what happened, into the ledger."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import click

from api.desks import desk, desk_pack_option, ledger_option, now, refusals
from api.lines import lines


@click.command("record")
@desk_pack_option
@ledger_option
@click.option(
    "--events",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    default="-",
    show_default=True,
    help="JSON Lines; `-` is standard input.",
)
@click.option("--json", is_flag=True, expose_value=False, help="Nothing changes: what was recorded is always JSON.")
@click.pass_context
def command(ctx: click.Context, pack: str, ledger: str | None, events: str) -> None:
    """Record events, one a line: contacts, outreach, promises kept and broken, what the pack declares, insights.

    Each is printed once it is in the ledger, with the id and the moment that it got where it had none. A line that is
    no event is told of, and exit 1 at the end.
    """
    from api.serving.problems import EventUnfit  # noqa: PLC0415 - the database is slow to import
    from api.serving.recording import event_of, recorded  # noqa: PLC0415

    fine = True
    with refusals(ctx), desk(ctx, ledger, pack) as one, _opened(events) as stream:
        for number, line in enumerate(lines(stream), 1):
            if not line.strip():
                continue
            try:
                click.echo(recorded(one.ledger, one.release, event_of(line, now())).model_dump_json(exclude_none=True))
            except EventUnfit as unfit:
                click.echo(f"line {number}: {unfit}", err=True)
                fine = False
    ctx.exit(int(not fine))


def _opened(events: str) -> IO[bytes]:
    return sys.stdin.buffer if events == "-" else Path(events).open("rb")
