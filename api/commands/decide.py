"""`leeway decide`: requests in, decisions out, one a line."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from api.desks import answered, lines_of, lines_options
from api.folders import reported
from api.lines import answer_lines
from engine.decide import decide
from engine.release import Release
from schemas.decision import Decision, Decisions
from schemas.request import DecisionRequest

if TYPE_CHECKING:
    from api.serving.desk import Desk


@click.command("decide")
@lines_options
@click.option("--explain", "explained", is_flag=True, help="Add texts, why not, and from when it would be a yes.")
@click.option("--json", is_flag=True, expose_value=False, help="Nothing changes: decisions are always JSON.")
@click.pass_context
def command(ctx: click.Context, /, explained: bool, **given: Any) -> None:
    """Decide requests: JSON Lines in, JSON Lines out, in the same order.

    A line that is no request gives a problem in its place, and exit 1 at the end. Without `now` it is decided now.
    With a ledger, what was granted, promised and said before counts, and each decision is kept before it is printed.
    """
    lines = lines_of(given)
    if lines.ledger is not None:
        ctx.exit(int(not answered(ctx, lines, _kept(explained))))
    write = functools.partial(_written, explained=explained)
    ctx.exit(int(not reported(ctx, lambda: answer_lines(ctx, lines.pack, lines.requests, write))))


def _kept(explained: bool) -> Callable[[Desk, DecisionRequest], bytes]:
    """Return what decides a request with what a desk remembers, and gives the decision as JSON."""
    from api.serving import deciding  # noqa: PLC0415 - the database is slow to import

    give = deciding.explained if explained else deciding.decided
    return lambda desk, request: give(desk, request).model_dump_json().encode()


def _written(release: Release, request: DecisionRequest, explained: bool) -> bytes:
    """Return the decision on a request as JSON."""
    return decided(release, request, explained).model_dump_json().encode()


def decided(release: Release, request: DecisionRequest, explained: bool) -> Decision | Decisions:
    """Return the decision on a request, explained where that is wanted."""
    decision = decide(release, request)
    if not explained:
        return decision
    from engine.explain import explain  # noqa: PLC0415 - words are slow to import, and decisions need none

    return explain(release, request, decision)
