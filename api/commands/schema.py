"""`leeway schema`: the JSON Schemas of policy files, for editors."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from api.folders import folder_of, reported
from api.pack_schema import pack_schema
from engine.language.diagnostics import Diagnostics
from engine.language.packs.load import load_pack
from engine.language.packs.pack import Pack
from engine.language.reading.validator import SCHEMAS


@click.command("schema")
@click.option("--pack", metavar="PACK", help="List this pack's actions, rungs, rules, tables and parameters in it.")
@click.option(
    "--kind",
    type=click.Choice(SCHEMAS),
    default="pack",
    show_default=True,
    help="Which files it is for.",
)
@click.option("--json", is_flag=True, expose_value=False, help="Nothing changes: schemas are always JSON.")
@click.pass_context
def command(ctx: click.Context, pack: str | None, kind: str) -> None:
    """Print the JSON Schema of policy files; name it in their first line, `# yaml-language-server: $schema=FILE`."""
    found = None if pack is None else reported(ctx, lambda: _pack(folder_of(ctx, pack)))
    click.echo(orjson.dumps(pack_schema(kind, found), option=orjson.OPT_INDENT_2).decode())


def _pack(folder: Path) -> Pack:
    return load_pack(folder, Diagnostics())
