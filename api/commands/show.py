"""`leeway show`: a policy pack in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson

from api.folders import folder_of, reported
from api.plain_signals import conclusions, fields_of, memory_lines, patterns, signal_json
from api.plain_words import action_lines, effect_words, grants, pack_lines
from engine.language.diagnostics import Diagnostics, did_you_mean
from engine.language.packs.load import load_pack
from engine.language.packs.pack import Action, Pack


@click.command("show")
@click.argument("pack")
@click.option("--action", metavar="ACTION", help="Say only what may be done of this action.")
@click.option("--json", "as_json", is_flag=True, help="Names, titles and sources as one JSON object.")
@click.pass_context
def command(ctx: click.Context, pack: str, action: str | None, as_json: bool) -> None:
    """Say what a pack does: its actions, who may grant how much of each, and the rules with their sources.

    Then what it declares to happen to customers, and the signals that it sees in it.
    """
    found = reported(ctx, lambda: _pack(folder_of(ctx, pack)))
    chosen = None if action is None else found.action(action)
    if action is not None and chosen is None:
        near = did_you_mean(action, [one.name for one in found.actions])
        raise click.UsageError(f"pack `{found.header.name}` has no action `{action}`" + (f"; {near}" if near else ""))
    if as_json:
        click.echo(_json(found, chosen))
        return
    for line in _lines(found) if chosen is None else action_lines(found, chosen, found.rules):
        click.echo(line)


def _lines(pack: Pack) -> Iterator[str]:
    yield from pack_lines(pack)
    yield from memory_lines(pack)


def _pack(folder: Path) -> Pack:
    """Return the pack in a folder, read but not compiled."""
    return load_pack(folder, Diagnostics())


def _json(pack: Pack, chosen: Action | None) -> str:
    header = pack.header
    actions = pack.actions if chosen is None else (chosen,)
    return orjson.dumps(
        {
            "pack": header.name,
            "title": header.title,
            "owner": header.owner,
            "currency": header.currency,
            "ladder": header.ladder,
            "desks": header.desks,
            "release": pack.release,
            "actions": [
                {
                    "action": action.name,
                    "title": action.title,
                    "amount": action.amount,
                    "inputs": {one.name: str(one.type) for one in action.inputs},
                    "authority": list(grants(pack, action)),
                    "rules": [
                        {"id": rule.id, "title": rule.title, "effect": effect_words(rule.effect), "source": rule.source}
                        for rule in pack.rules
                        if pack.covers(rule, action)
                    ],
                }
                for action in actions
            ],
            **({} if chosen is not None else _memory(pack)),
        },
        option=orjson.OPT_INDENT_2,
    ).decode()


def _memory(pack: Pack) -> dict[str, Any]:
    """Return what a pack declares to happen to customers, and what it sees in it."""
    return {
        "events": [{"event": one.name, "title": one.title, "fields": fields_of(one)} for one in pack.events],
        "signals": [signal_json(pack, one) for one in patterns(pack)],
        "conclusions": [signal_json(pack, one) for one in conclusions(pack)],
    }
