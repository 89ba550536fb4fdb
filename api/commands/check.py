"""`leeway check`: what is wrong with policy packs, all of it at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.folders import chosen, reported

if TYPE_CHECKING:
    from engine.language.diagnostics import Diagnostic


@click.command("check")
@click.argument("packs", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice(("pretty", "json", "github", "sarif")), default="pretty", show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_context
def command(ctx: click.Context, packs: tuple[str, ...], form: str, as_json: bool) -> None:
    """Say what is wrong with the packs (all that can be found, unless named), scenarios included."""
    from engine.language.diagnostics import Severity
    from engine.language.report import render

    folders = reported(ctx, lambda: chosen(ctx, packs))
    found = sorted({one for folder in folders for one in _found(folder)})
    if text := render(found, "json" if as_json else form):
        click.echo(text)
    ctx.exit(any(one.severity is Severity.ERROR for one in found))


def _found(folder: Path) -> tuple[Diagnostic, ...]:
    """Return all that is to say about a pack and the scenarios beside it."""
    from engine.language.diagnostics import PolicyError
    from engine.release import load_release
    from simulations.scenarios.suite import suite_of

    try:
        release = load_release(folder)
    except PolicyError as problem:
        return problem.diagnostics
    try:
        suite_of(release, folder)
    except PolicyError as problem:
        return (*release.warnings, *problem.diagnostics)
    return release.warnings
