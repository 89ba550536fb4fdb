"""`leeway decide`: requests in, decisions out, one a line."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

from api.folders import reported

if TYPE_CHECKING:
    from engine.release import Release
    from schemas.decision import Decision, Decisions
    from schemas.request import DecisionRequest


@click.command("decide")
@click.option("--pack", metavar="PACK", help="A pack's folder or name; else each request says its `pack`.")
@click.option("--requests", metavar="FILE", default="-", show_default=True, help="JSON Lines; `-` is standard input.")
@click.option("--explain", "explained", is_flag=True, help="Add texts, why not, and from when it would be a yes.")
@click.option("--json", "as_json", is_flag=True, help="Nothing changes: decisions are always JSON.")
@click.pass_context
def command(ctx: click.Context, pack: str | None, requests: str, explained: bool, as_json: bool) -> None:
    """Decide requests: JSON Lines in, JSON Lines out, in the same order.

    A line that is no request gives a problem in its place, and exit 1 at the end. A request without `now` is decided now.
    """
    from api.lines import answer_lines

    write = functools.partial(_written, explained=explained)
    ctx.exit(not reported(ctx, lambda: answer_lines(ctx, pack, requests, write)))


def _written(release: Release, request: DecisionRequest, explained: bool) -> bytes:
    """Return the decision on a request as JSON."""
    return decided(release, request, explained).model_dump_json().encode()


def decided(release: Release, request: DecisionRequest, explained: bool) -> Decision | Decisions:
    """Return the decision on a request, explained where that is wanted."""
    from engine.decide import decide

    decision = decide(release, request)
    if not explained:
        return decision
    from engine.explain import explain

    return explain(release, request, decision)
