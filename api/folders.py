"""Packs as the command line names them: found, loaded, or reported."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from engine.language.diagnostics import Diagnostic, Mark, PolicyError, did_you_mean

Made = TypeVar("Made")


def search(ctx: click.Context) -> tuple[Path, ...]:
    """Return where packs are looked for by name: `--packs`, `LEEWAY_PACKS`, or `./rules`."""
    said = ctx.obj or os.environ.get("LEEWAY_PACKS") or "rules"
    return tuple(Path(part) for part in str(said).split(os.pathsep) if part)


def folder_of(ctx: click.Context, name: str) -> Path:
    """Return the folder of a pack, a path or a name; raise `PolicyError` where there is none."""
    given = Path(name)
    if given.is_dir() and any(given.glob("*.yaml")):
        return given
    folder = next((one / name for one in search(ctx) if (one / name).is_dir()), None)
    if folder is None:
        looked = ", ".join(f"`{one}`" for one in search(ctx))
        near = did_you_mean(name, [one.name for one in packs_in(ctx)])
        help = near or f"name a folder that holds a pack, or a pack in {looked}; `--packs` says where to look"
        raise PolicyError((Diagnostic(Mark(name), "unknown-pack", f"there is no pack `{name}`", help),))
    return folder


def packs_in(ctx: click.Context) -> tuple[Path, ...]:
    """Return the folders of all packs that can be found by name."""
    folders = (folder for path in search(ctx) if path.is_dir() for folder in sorted(path.iterdir()))
    return tuple(folder for folder in folders if folder.is_dir() and any(folder.glob("*.yaml")))


def chosen(ctx: click.Context, names: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the folders of the packs that are named, or of all where none is."""
    return tuple(folder_of(ctx, name) for name in names) if names else packs_in(ctx)


def reported(ctx: click.Context, make: Callable[[], Made]) -> Made:
    """Return what is made; where a policy is wrong, print its diagnostics and exit 1."""
    try:
        return make()
    except PolicyError as problem:
        for line in problem.diagnostics:
            click.echo(str(line), err=True)
        ctx.exit(1)
