"""`leeway explain`: decisions in words."""

from __future__ import annotations

import functools
from typing import Literal

import click
import orjson

from api.commands.decide import decided
from api.folders import reported
from api.lines import answer_lines, pack_option, requests_option
from engine.release import Release
from schemas.decision import Decision, Decisions
from schemas.request import DecisionRequest

Reader = Literal["agent", "customer", "auditor"]


@click.command("explain")
@pack_option
@requests_option
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
def command(ctx: click.Context, pack: str | None, requests: str, reader: Reader, as_json: bool) -> None:
    """Decide requests and put each decision into words for who reads it.

    Requests are those of `decide`.
    """
    write = functools.partial(_written, reader=reader, as_json=as_json)
    ctx.exit(int(not reported(ctx, lambda: answer_lines(ctx, pack, requests, write))))


def _written(release: Release, request: DecisionRequest, reader: Reader, as_json: bool) -> bytes:
    decision = decided(release, request, explained=True)
    each = decision.decisions if isinstance(decision, Decisions) else (decision,)
    write = _object if as_json else _text
    return "\n".join(write(one, reader) for one in each).encode()


def _text(decision: Decision, reader: Reader) -> str:
    return f"{decision.id}: {decision.verdict}\n{decision.texts.get(reader, '')}\n"


def _object(decision: Decision, reader: Reader) -> str:
    told = {"id": decision.id, "verdict": decision.verdict, "reader": reader, "text": decision.texts.get(reader, "")}
    return orjson.dumps(told).decode()
