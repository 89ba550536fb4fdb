"""`leeway ledger`: what is in the ledger, and whether it is as it was written."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import orjson

from api.desks import agent_of, by_options, desk, desk_pack_option, json_option, ledger_option, now, opened, refusals
from api.moments import MOMENT

if TYPE_CHECKING:
    from api.ledger.reading import Query
    from api.ledger.stored import Stored
    from api.ledger.verifying import Report
    from api.serving.replaying import Replay

Command = TypeVar("Command", bound=Callable[..., object])
TICK = 1.0
"""Seconds from one look for new events to the next."""


@click.group("ledger")
def command() -> None:
    """Verify, read, export, replay and erase what was decided, promised and said."""


def which_options(command: Command) -> Command:
    """Give a command the options that say which events are wanted."""
    for option in (
        click.option("--until", type=MOMENT, metavar="MOMENT", help="Happened before."),
        click.option("--since", type=MOMENT, metavar="MOMENT", help="Happened at or after."),
        click.option(
            "--about", "subject", metavar="ID", help="About this decision, promise, rule, insight or release."
        ),
        click.option("--agent", metavar="ID", help="Of this agent."),
        click.option("--pack", metavar="NAME", help="Of this pack, by name."),
        click.option("--customer", metavar="ID", help="About this customer."),
        click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Of this kind; may be repeated."),
    ):
        command = option(command)
    return command


def query_of(kinds: tuple[str, ...], since: datetime | None, until: datetime | None, **given: Any) -> Query:
    """Return the query that the options say."""
    from api.ledger.reading import Query  # noqa: PLC0415 - the database is slow to import
    from engine.memory.moments import moment_at  # noqa: PLC0415 - the command line starts fast

    return Query(
        kinds=kinds or None,
        since=None if since is None else moment_at(since),
        until=None if until is None else moment_at(until),
        **given,
    )


@command.command("query")
@ledger_option
@which_options
@json_option
@click.pass_context
def query(ctx: click.Context, /, ledger: str | None, as_json: bool, **which: Any) -> None:
    """Print the events that are wanted, in the order they were written."""
    with opened(ctx, ledger) as found:
        for stored in found.ledger.events(query_of(**which)):
            _print(stored, as_json)


@command.command("tail")
@ledger_option
@which_options
@json_option
@click.pass_context
def tail(ctx: click.Context, /, ledger: str | None, as_json: bool, **which: Any) -> None:
    """Print the events that are wanted, and then new ones as they come, until interrupted."""
    with opened(ctx, ledger) as found:
        wanted, last = query_of(**which), 0
        while True:
            for stored in found.ledger.events(wanted, last):
                _print(stored, as_json)
                last = stored.seq
            sys.stdout.flush()
            time.sleep(TICK)


@command.command("export")
@ledger_option
@which_options
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", required=True)
@json_option
@click.pass_context
def export(ctx: click.Context, /, ledger: str | None, output: Path, as_json: bool, **which: Any) -> None:
    """Write the events that are wanted to a file of JSON Lines, personal parts in the clear, readable by you alone."""
    from api.ledger.exporting import export as written  # noqa: PLC0415 - the database is slow to import
    from api.writing import whole  # noqa: PLC0415 - the command line starts fast

    with opened(ctx, ledger) as found, whole(output, mode=0o600) as sink:
        count = written(found.ledger, query_of(**which), sink)
    told = {"file": str(output), "events": count}
    click.echo(orjson.dumps(told) if as_json else f"{output}: {count:,} events")


def _print(stored: Stored, as_json: bool) -> None:
    from api.ledger.exporting import line_of  # noqa: PLC0415 - the database is slow to import

    if as_json:
        click.echo(line_of(stored).rstrip())
        return
    event = stored.event
    about = {name: getattr(event, name, None) for name in ("action", "verdict", "outcome", "promise", "topic", "name")}
    told = " ".join(str(value) for value in about.values() if value is not None)
    who = "(erased)" if stored.erased else event.customer or ""
    click.echo(f"{stored.seq:>8}  {event.at:%Y-%m-%d %H:%M}  {event.kind:16}  {event.id}  {told}  {who}".rstrip())


@command.command("verify")
@ledger_option
@click.option("--witness", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.option(
    "--key", "keys", type=click.Path(exists=True, dir_okay=False, path_type=Path), multiple=True, metavar="FILE.pem",
    help="A public key to trust; may be repeated [default: those beside the ledger].",
)  # fmt: skip
@json_option
@click.pass_context
def verify(
    ctx: click.Context, /, ledger: str | None, witness: Path | None, keys: tuple[Path, ...], **given: Any
) -> None:
    """Say whether every event is as it was written, and what cannot be found out this way; exit 1 where it is not.

    `--witness` is a file of checkpoints that were exported before, and kept elsewhere.
    """
    from api.ledger.checkpoints import witnessed  # noqa: PLC0415 - the database is slow to import
    from api.ledger.signing import public_keys  # noqa: PLC0415 - the command line starts fast
    from api.ledger.verifying import verify as verified  # noqa: PLC0415 - the command line starts fast
    from api.serving.opening import signer_of  # noqa: PLC0415 - the command line starts fast

    with opened(ctx, ledger) as found:
        trusted = public_keys(keys) if keys else signer_of(found.address).trusted
        lines = None if witness is None else witness.read_text(encoding="utf-8").splitlines()
        try:
            seen = None if lines is None else list(witnessed(lines))
        except ValueError as problem:
            raise click.BadParameter(str(problem), ctx, param_hint="--witness") from None
        report = verified(found.ledger.database, trusted, seen, found.vault)
    _report(report, given["as_json"])
    ctx.exit(int(not report.sound))


def _report(report: Report, as_json: bool) -> None:
    """Print what was verified."""
    from dataclasses import asdict  # noqa: PLC0415 - for this alone

    if as_json:
        click.echo(orjson.dumps({"sound": report.sound, **asdict(report)}))
        return
    for one in report.findings:
        click.echo(str(one))
    if report.more:
        click.echo(f"and {report.more:,} more")
    counts = f"{report.events:,} events, {report.writers:,} writers, {report.checkpoints:,} checkpoints"
    click.echo(f"{'sound' if report.sound else 'NOT SOUND'}: {counts}; {report.unsigned:,} events not signed yet")
    for heading, lines in (("verified", report.checked), ("not found out", report.beyond)):
        click.echo(f"{heading}:")
        for line in lines:
            click.echo(f"  - {line}")


@command.command("checkpoint")
@ledger_option
@json_option
@click.pass_context
def checkpoint(ctx: click.Context, /, ledger: str | None, as_json: bool) -> None:
    """Sign what is in the ledger, and print it as a line for a witness to keep elsewhere."""
    from api.ledger.checkpoints import checkpoint as signed  # noqa: PLC0415 - the database is slow to import
    from api.ledger.checkpoints import exported  # noqa: PLC0415 - the command line starts fast
    from api.serving.opening import signer_of  # noqa: PLC0415 - the command line starts fast

    del as_json  # A checkpoint is JSON already.
    with opened(ctx, ledger) as found:
        click.echo(exported(signed(found.ledger.database, signer_of(found.address), now())))


@command.command("erase")
@ledger_option
@click.option("--customer", metavar="ID", required=True, help="Who is erased.")
@click.option("--reason", metavar="TEXT", required=True, help="Why; kept in the clear, so it names nobody.")
@by_options
@json_option
@click.pass_context
def erase(ctx: click.Context, /, ledger: str | None, customer: str, reason: str, **given: Any) -> None:
    """Destroy a customer's key: what is personal is gone for ever, what was decided and why stays, nameless."""
    from api.ledger.erasing import Erasure  # noqa: PLC0415 - the database is slow to import
    from api.ledger.erasing import erase as erased  # noqa: PLC0415 - the command line starts fast

    agent = agent_of(given["role"], given["agent_id"], given["team"])
    with opened(ctx, ledger) as found:
        done = erased(found.ledger, found.vault, Erasure(customer, reason, now(), agent))
    events = None if done.event is None else done.event.events
    if given["as_json"]:
        click.echo(orjson.dumps({"erased": done.event is not None, "events": events}))
    else:
        click.echo(
            "nothing is kept about this customer" if events is None else f"erased: {events:,} events are nameless"
        )


@command.command("replay")
@click.argument("decision", metavar="DECISION")
@desk_pack_option
@ledger_option
@json_option
@click.pass_context
def replay(ctx: click.Context, /, decision: str, pack: str, ledger: str | None, as_json: bool) -> None:
    """Decide DECISION again: by its own release, and by the present one; exit 1 where it does not come out the same."""
    from api.serving.replaying import replayed  # noqa: PLC0415 - the database is slow to import

    with refusals(ctx), desk(ctx, ledger, pack) as one:
        found = replayed(one, decision)
    if as_json:
        click.echo(orjson.dumps(_replay_json(found)))
    else:
        _tell_replay(found)
    ctx.exit(int(not found.same))


def _replay_json(found: Replay) -> dict[str, Any]:
    return {
        "same": found.same,
        "then": found.then.model_dump(mode="json"),
        "now": None if found.now is None else found.now.model_dump(mode="json"),
        "differences": [{"what": one.what, "then": one.then, "now": one.now} for one in found.differences],
    }


def _tell_replay(found: Replay) -> None:
    click.echo(f"{found.then.id}: {found.then.verdict}, release {found.then.release}")
    click.echo("decided again: the same" if found.same else "decided again: NOT the same")
    if found.now is None:
        click.echo("the present release does not read this case")
    elif not found.differences:
        click.echo(f"by the present release {found.now.release}: no difference")
    for one in found.differences:
        then, after = (orjson.dumps(value).decode() for value in (one.then, one.now))
        click.echo(f"by the present release, {one.what}: {then} -> {after}")
