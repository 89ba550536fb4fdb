"""Desks as the command line opens them: the options they have in common, and what goes wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from api.folders import folder_of
from api.lines import answer_lines, pack_option, requests_option
from api.refusals import REFUSED
from api.releases import releases
from engine.language.diagnostics import PolicyError
from engine.memory.problems import CaseGone, OutcomeProblem
from engine.release import Release
from schemas.request import Agent, DecisionRequest

if TYPE_CHECKING:
    from api.serving.desk import Desk
    from api.serving.opening import Memory

Command = TypeVar("Command", bound=Callable[..., object])
HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")
"""How a release is called by its content."""

ledger_option = click.option(
    "--ledger",
    metavar="ADDRESS",
    envvar="LEEWAY_LEDGER",
    show_envvar=True,
    help="The ledger: a file, or postgresql://user@host/name. Customers' keys lie beside a file, else in LEEWAY_KEYS.",
)
desk_pack_option = click.option("--pack", metavar="PACK", required=True, help="The pack, a folder or name.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


class Named(click.ParamType["date | str"]):
    """A release that a ledger keeps: by its hash, or by a day at whose end it was live."""

    name = "release"

    def convert(self, value: date | str, param: click.Parameter | None, ctx: click.Context | None) -> date | str:
        """Return the day, or the hash."""
        if isinstance(value, date) or HASH.fullmatch(value):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail("this is neither a release's hash (sha256:...) nor a day such as 2026-03-01", param, ctx)


release_option = click.option(
    "--release",
    "under",
    type=Named(),
    metavar="HASH|DAY",
    help="With a ledger: answer by a release that it keeps: by its hash, or the one live at the end of a day.",
)


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

    with opened(ctx, ledger) as found, releases() as load:
        yield desk_of(found.ledger, folder_of(ctx, pack), Agent(), load)


@contextmanager
def kept(found: Memory, said: date | str) -> Iterator[Callable[[Path], Release]]:
    """Yield what gives, of the pack in a folder, the release that is said; nothing goes live by it."""
    from api.ledger.releases import kept_release  # noqa: PLC0415 - the database is slow to import
    from api.serving.desk import Desk  # noqa: PLC0415 - the command line starts fast

    with releases() as present:

        def take(folder: Path) -> Release:
            here = Desk(found.ledger, present(folder), partial(kept_release, found.ledger))
            return (here.on(said) if isinstance(said, date) else here.under(said)).release

        yield cache(take)


@contextmanager
def live(found: Memory) -> Iterator[Callable[[Path], Release]]:
    """Yield what makes the pack in a folder live, and gives its release."""
    from api.serving.opening import desk_of  # noqa: PLC0415 - the database is slow to import

    with releases() as load:
        yield cache(lambda folder: desk_of(found.ledger, folder, Agent(), load).release)


@dataclass(frozen=True, slots=True)
class Lines:
    """What requests are read from and answered by: the pack, the file, the ledger, and a release that it keeps."""

    pack: str | None
    requests: str
    ledger: str | None
    under: date | str | None


def lines_options(command: Command) -> Command:
    """Give a command the options that say which requests it answers, and by what."""
    for option in (release_option, ledger_option, requests_option, pack_option):
        command = option(command)
    return command


def lines_of(given: dict[str, Any]) -> Lines:
    """Return what the options of `lines_options` say; they are taken out of those that were given."""
    lines = Lines(*(given.pop(name) for name in ("pack", "requests", "ledger", "under")))
    if lines.under is not None and lines.ledger is None:
        raise click.UsageError("`--release` names one that a ledger keeps; say which with `--ledger`")
    return lines


def answered(ctx: click.Context, lines: Lines, write: Callable[[Desk, DecisionRequest], bytes]) -> bool:
    """Write what desks answer to each request, with what a ledger knows; return whether all could be answered."""
    from api.ledger.releases import kept_release  # noqa: PLC0415 - the database is slow to import
    from api.serving.desk import Desk  # noqa: PLC0415 - the command line starts fast

    with opened(ctx, lines.ledger) as found:
        past = partial(kept_release, found.ledger)

        def one(release: Release, request: DecisionRequest) -> bytes:
            return write(Desk(found.ledger, release, past), request)

        def taking() -> AbstractContextManager[Callable[[Path], Release]]:
            return live(found) if lines.under is None else kept(found, lines.under)

        return answer_lines(ctx, lines.pack, lines.requests, one, taking)
