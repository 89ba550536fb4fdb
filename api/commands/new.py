"""`leeway new`: a commented pack to begin from."""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path

import click
import orjson

from api.folders import search

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
PARTS = ("facts.yaml", "pack.yaml", "vouchers.yaml", "scenarios/fixtures.yaml", "scenarios/vouchers.yaml")


@click.command("new")
@click.argument("pack")
@click.option("--json", "as_json", is_flag=True, help="The files as one JSON object.")
@click.pass_context
def command(ctx: click.Context, pack: str, as_json: bool) -> None:
    """Begin a policy pack: a folder with facts, a rule, who may grant what, and scenarios, all with comments.

    PACK is a name, under the first folder where packs are looked for, or a path.
    """
    folder = Path(pack) if os.sep in pack else search(ctx)[0] / pack
    if not NAME.fullmatch(folder.name):
        raise click.UsageError(f"`{folder.name}` cannot name a pack; use letters, digits, `_` and `-`")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        click.echo(f"{folder.as_posix()}: already there; choose another name", err=True)
        ctx.exit(1)
    written = [_write(folder, part) for part in PARTS]
    if as_json:
        click.echo(orjson.dumps({"pack": folder.name, "files": [path.as_posix() for path in written]}).decode())
        return
    for path in written:
        click.echo(path.as_posix())
    click.echo(f"now try: leeway check {folder.as_posix()} && leeway test {folder.as_posix()} --coverage", err=True)


def _write(folder: Path, part: str) -> Path:
    """Write one file of the starter pack under its new name, with the schema's place as seen from there."""
    target = folder / part
    target.parent.mkdir(parents=True, exist_ok=True)
    schemas = os.path.relpath(str(files("schemas")), target.parent)
    text = files("api").joinpath("starter", *part.split("/")).read_text(encoding="utf-8")
    text = re.sub(r"(?<=\$schema=)\S*/schemas", Path(schemas).as_posix(), text, count=1)
    target.write_text(re.sub(r"^pack: starter$", f"pack: {folder.name}", text, flags=re.MULTILINE), encoding="utf-8")
    return target
