"""`leeway fmt`: policy files in their one form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from api.folders import chosen, reported
from api.writing import write_whole
from engine.language.diagnostics import Diagnostics, PolicyError
from engine.language.formatting.format import format_text
from engine.language.reading.read import read_file


@click.command("fmt")
@click.argument("packs", nargs=-1)
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 where a file would change.")
@click.option("--json", "as_json", is_flag=True, help="The files as one JSON object.")
@click.pass_context
def command(ctx: click.Context, packs: tuple[str, ...], only_check: bool, as_json: bool) -> None:
    """Write the files of the packs (of all that can be found, unless named) in their one form.

    Comments are kept, and the meaning never changes. A pack may also be named by one of its files.
    """
    changed = reported(ctx, lambda: _changed(list(_files(ctx, packs))))
    for path, text in () if only_check else changed.items():
        write_whole(path, text.encode())
    if as_json:
        click.echo(orjson.dumps({"changed": [path.as_posix() for path in changed]}).decode())
    else:
        for path in changed:
            click.echo(f"{'would change' if only_check else 'changed'} {path.as_posix()}")
    ctx.exit(int(only_check and bool(changed)))


def _files(ctx: click.Context, packs: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files of packs, those of their scenarios included."""
    named = [Path(one) for one in packs]
    yield from (path for path in named if path.is_file())
    folders = tuple(str(path) for path in named if not path.is_file())
    for folder in chosen(ctx, folders) if folders or not packs else ():
        yield from sorted(folder.glob("*.yaml"))
        yield from sorted((folder / "scenarios").glob("*.yaml"))


def _changed(paths: list[Path]) -> dict[Path, str]:
    """Return the text of each file that is not in the one form; raise `PolicyError` for all that cannot be read."""
    found, changed = Diagnostics(), dict[Path, str]()
    for path in paths:
        if read_file(path, path.parent, found) is None:
            continue
        text = path.read_bytes().decode()
        try:
            made = format_text(text, path.as_posix())
        except PolicyError as problem:
            found.extend(problem.diagnostics)
            continue
        if made != text:
            changed[path] = made
    found.check()
    return changed
