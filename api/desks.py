"""Desks as the command line opens them: the options they have in common, and what goes wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from api.folders import folder_of
from api.lines import answer_lines
from api.refusals import REFUSED
from engine.language.diagnostics import PolicyError
from engine.memory.problems import CaseGone, OutcomeProblem
from engine.release import Release
from schemas.request import Agent, DecisionRequest

if TYPE_CHECKING:
    from api.serving.desk import Desk
    from api.serving.opening import Memory

Command = TypeVar("Command", bound=Callable[..., object])

ledger_option = click.option(
    "--ledger",
    metavar="ADDRESS",
    envvar="LEEWAY_LEDGER",
    show_envvar=True,
    help="The ledger: a file, or postgresql://user@host/name. Customers' keys lie beside a file, else in LEEWAY_KEYS.",
)
desk_pack_option = click.option("--pack", metavar="PACK", required=True, help="The pack, a folder or name.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


def by_options(command: Command) -> Command:
    """Give a command the options that say who does something."""
    for option in (
        click.option("--team", metavar="TEAM", help="Their team."),
        click.option("--agent", "agent_id", metavar="ID", help="Who does it."),
        click.option("--role", metavar="ROLE", help="Their rung on the ladder."),
    ):
        command = option(command)
    return command


def agent_of(role: str | None, agent_id: str | None, team: str | None) -> Agent:
    """Return who does something."""
    return Agent(role=role, id=agent_id, team=team)


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@contextmanager
def refusals(ctx: click.Context) -> Iterator[None]:
    """Say what is refused, and exit 1."""
    try:
        yield
    except PolicyError as problem:
        for line in problem.diagnostics:
            click.echo(str(line), err=True)
        ctx.exit(1)
    except (*REFUSED, OutcomeProblem, CaseGone) as problem:
        click.echo(str(problem), err=True)
        ctx.exit(1)


@contextmanager
def opened(ctx: click.Context, ledger: str | None) -> Iterator[Memory]:
    """Yield the memory at an address; what it refuses is said, and the exit status 1."""
    from api.serving.opening import memory, places  # noqa: PLC0415 - the database is slow to import

    with refusals(ctx), memory(places(ledger)) as found:
        yield found


@contextmanager
def desk(ctx: click.Context, ledger: str | None, pack: str) -> Iterator[Desk]:
    """Yield the desk of a pack."""
    from api.serving.opening import desk_of  # noqa: PLC0415 - the database is slow to import

    with opened(ctx, ledger) as found:
        yield desk_of(found.ledger, folder_of(ctx, pack), Agent())


@contextmanager
def live(found: Memory) -> Iterator[Callable[[Path], Release]]:
    """Yield what makes the pack in a folder live, and gives its release."""
    from api.serving.opening import desk_of  # noqa: PLC0415 - the database is slow to import

    taken: dict[Path, Release] = {}

    def take(folder: Path) -> Release:
        if folder not in taken:
            taken[folder] = desk_of(found.ledger, folder, Agent()).release
        return taken[folder]

    yield take


def answered(
    ctx: click.Context, lines: tuple[str | None, str], ledger: str, write: Callable[[Desk, DecisionRequest], bytes]
) -> bool:
    """Write what desks answer to each request of a file (`lines`: the pack, and the file), with what a ledger knows.

    Return whether all of them could be answered.
    """
    from api.ledger.releases import kept_release  # noqa: PLC0415 - the database is slow to import
    from api.serving.desk import Desk  # noqa: PLC0415

    with opened(ctx, ledger) as found:
        past = partial(kept_release, found.ledger)

        def one(release: Release, request: DecisionRequest) -> bytes:
            return write(Desk(found.ledger, release, past), request)

        return answer_lines(ctx, *lines, one, lambda: live(found))
