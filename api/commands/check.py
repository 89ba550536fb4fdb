"""`leeway check`: what is wrong with policy packs, all of it at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from api.folders import chosen, reported
from api.releases import releases
from engine.language.diagnostics import Diagnostic, PolicyError, Severity
from engine.language.report import render
from engine.release import Release
from simulations.scenarios.suite import suite_of


@click.command("check")
@click.argument("packs", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice(("pretty", "json", "github", "sarif")), default="pretty", show_default=True
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.pass_context
def command(ctx: click.Context, packs: tuple[str, ...], form: str) -> None:
    """Say what is wrong with the packs (all that can be found, unless named), scenarios included."""
    folders = reported(ctx, lambda: chosen(ctx, packs))
    with releases() as take:
        found = sorted({one for folder in folders for one in _found(folder, take)})
    if text := render(found, form):
        click.echo(text)
    ctx.exit(int(any(one.severity is Severity.ERROR for one in found)))


def _found(folder: Path, take: Callable[[Path], Release]) -> tuple[Diagnostic, ...]:
    """Return all that is to say about a pack and the scenarios beside it."""
    try:
        release = take(folder)
    except PolicyError as problem:
        return problem.diagnostics
    try:
        suite_of(release, folder)
    except PolicyError as problem:
        return (*release.warnings, *problem.diagnostics)
    return release.warnings
