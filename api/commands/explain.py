"""`leeway explain`: decisions in words."""

from __future__ import annotations

import functools
from typing import Any, Literal

import click
import orjson

from api.commands.decide import decided
from api.desks import answered, lines_of, lines_options
from api.folders import reported
from api.lines import answer_lines
from engine.release import Release
from schemas.decision import Decision, Decisions
from schemas.request import DecisionRequest

Reader = Literal["agent", "customer", "auditor"]


@click.command("explain")
@lines_options
@click.option(
    "--for",
    "reader",
    type=click.Choice(("agent", "customer", "auditor")),
    default="agent",
    show_default=True,
    help="Who reads it.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON Lines: id, verdict, reader and text.")
@click.pass_context
def command(ctx: click.Context, /, reader: Reader, as_json: bool, **given: Any) -> None:
    """Decide requests and put each decision into words for who reads it.

    Requests are those of `decide`. With a ledger, each decision is kept as `decide` does; one that was kept before, by
    its id, is told as it was.
    """
    lines = lines_of(given)
    if lines.ledger is not None:
        from api.serving.deciding import explained  # noqa: PLC0415 - the database is slow to import

        ctx.exit(int(not answered(ctx, lines, lambda desk, request: _told(explained(desk, request), reader, as_json))))
    write = functools.partial(_written, reader=reader, as_json=as_json)
    ctx.exit(int(not reported(ctx, lambda: answer_lines(ctx, lines.pack, lines.requests, write))))


def _written(release: Release, request: DecisionRequest, reader: Reader, as_json: bool) -> bytes:
    return _told(decided(release, request, explained=True), reader, as_json)


def _told(decision: Decision | Decisions, reader: Reader, as_json: bool) -> bytes:
    """Return what decisions say to a reader."""
    each = decision.decisions if isinstance(decision, Decisions) else (decision,)
    write = _object if as_json else _text
    return "\n".join(write(one, reader) for one in each).encode()


def _text(decision: Decision, reader: Reader) -> str:
    return f"{decision.id}: {decision.verdict}\n{decision.texts.get(reader, '')}\n"


def _object(decision: Decision, reader: Reader) -> str:
    told = {"id": decision.id, "verdict": decision.verdict, "reader": reader, "text": decision.texts.get(reader, "")}
    return orjson.dumps(told).decode()
