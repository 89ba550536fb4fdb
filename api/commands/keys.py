"""`leeway keys`: the API keys by which callers are known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
import orjson

from api.access.caller import MEANING, SCOPES
from api.desks import json_option, ledger_option, now, refusals

if TYPE_CHECKING:
    from api.access.key_store import KeyStore
    from api.access.keys import KeptKey

SCOPE_HELP = (
    "What it may do; may be repeated. " + "; ".join(f"{name}: {means}" for name, means in MEANING.items()) + "."
)


@click.group("keys")
def command() -> None:
    """Make, list and revoke API keys."""


@contextmanager
def store(ctx: click.Context, ledger: str | None) -> Iterator[KeyStore]:
    """Yield the API keys of a ledger's key store; what it refuses is said, and the exit status 1."""
    from api.access.key_store import open_keys  # noqa: PLC0415 - the database is slow to import
    from api.ledger.vault import open_vault  # noqa: PLC0415 - the command line starts fast
    from api.serving.opening import places  # noqa: PLC0415 - the command line starts fast

    with refusals(ctx):
        where = places(ledger).keys
        with open_vault(where) as vault, open_keys(where, vault) as found:
            yield found


@command.command("create")
@click.option("--title", metavar="TEXT", required=True, help="What it is for.")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help=SCOPE_HELP)
@click.option("--role", "roles", metavar="RUNG", multiple=True, help="A rung that it may claim; may be repeated.")
@click.option("--pack", "packs", metavar="NAME", multiple=True, help="A pack that there is for it [default: all].")
@click.option("--customer", metavar="ID", help="The only customer that there is for it.")
@click.option("--agent", metavar="ID", help="Who calls by it; requests cannot say another.")
@click.option("--team", metavar="TEAM", help="Their team; requests cannot say another.")
@click.option("--days", type=int, default=90, show_default=True, help="How long it is good, at most 366.")
@ledger_option
@json_option
@click.pass_context
def create(ctx: click.Context, /, title: str, days: int, ledger: str | None, as_json: bool, **given: Any) -> None:
    """Make a key, and print it: it is told only now, for of its secret a hash is kept."""
    from api.access.keys import granted  # noqa: PLC0415 - the database is slow to import

    with store(ctx, ledger) as found:
        made, key = found.add(granted(**given), title, now(), timedelta(days=days))
    if as_json:
        click.echo(orjson.dumps({"key": made.text, **_told(key, key.made)}))
        return
    click.echo(f"key: {made.text}")
    click.echo(f"id: {key.id}, {_line(key)}, until {key.expires:%Y-%m-%d}")
    click.echo("This key is shown only now; whoever has it can use it.")


@command.command("list")
@ledger_option
@json_option
@click.pass_context
def show(ctx: click.Context, /, ledger: str | None, as_json: bool) -> None:
    """List the keys that were made, without their secrets, oldest first."""
    with store(ctx, ledger) as found:
        keys = found.all()
    for key in keys:
        state = key.state(now())
        if as_json:
            click.echo(orjson.dumps(_told(key, now())))
        else:
            click.echo(f"{key.id}  {state:7}  until {key.expires:%Y-%m-%d}  {key.title}: {_line(key)}")


@command.command("revoke")
@click.argument("key", metavar="ID")
@ledger_option
@json_option
@click.pass_context
def revoke(ctx: click.Context, /, key: str, ledger: str | None, as_json: bool) -> None:
    """Revoke the key of an ID: within 5 seconds no server lets anybody in by it."""
    from api.access.keys import parts_of  # noqa: PLC0415 - the database is slow to import

    parts = parts_of(key)
    id_ = key if parts is None else parts[0]
    with store(ctx, ledger) as found:
        new = found.revoke(id_, now())
    if as_json:
        click.echo(orjson.dumps({"id": id_, "revoked": True, "before": not new}))
    else:
        click.echo(f"revoked: {id_}" if new else f"{id_} was revoked before")


def _line(key: KeptKey) -> str:
    """Return in a line what a key is good for."""
    told = _granted(key)
    parts = {name: value if isinstance(value, str) else ", ".join(value) for name, value in told.items() if value}
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def _told(key: KeptKey, at: datetime) -> dict[str, Any]:
    """Return what is told of a key, which is all but the hash of its secret."""
    times = {"made": key.made, "expires": key.expires, "revoked": key.revoked}
    return {"id": key.id, "title": key.title, "state": key.state(at), **_granted(key), **times}


def _granted(key: KeptKey) -> dict[str, Any]:
    grant = key.grant
    lists = {"scopes": grant.scopes, "roles": grant.roles, "packs": grant.packs}
    return {**lists, "customer": grant.customer, "agent": grant.agent, "team": grant.team}
