"""`leeway serve`: the decision API over HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import orjson

from api.desks import refusals

if TYPE_CHECKING:
    from api.settings import Settings


@click.command("serve")
@click.option("--host", metavar="ADDRESS", help="Where it listens; else 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port, 0 for any that is free; else 8080.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that answer; else 1.")
@click.option("--threads", type=click.IntRange(1, 1024), help="Requests that each answers at once; else 8.")
@click.option("--ledger", metavar="ADDRESS", help="A file, or postgresql://user@host/name; else leeway.db.")
@click.option("--packs", metavar="FOLDERS", help="Where packs lie, with `:` between them; else ./rules.")
@click.option("--insecure-demo", is_flag=True, default=None, help="Answer anybody on this machine, to try it out.")
@click.option("--json", "as_json", is_flag=True, help="Say as JSON where it listens.")
@click.pass_context
def command(ctx: click.Context, /, as_json: bool, **given: object) -> None:
    """Answer over HTTP: decisions, offers, outcomes, approvals, events, and more.

    What no option says, LEEWAY_ variables say; docs/settings.md lists them. SIGHUP loads packs anew; SIGTERM ends it
    once all that was begun is answered.
    """
    with refusals(ctx), _said({**given, "packs": given["packs"] or ctx.obj}):
        _serve(ctx, _settings(ctx), as_json)


@contextmanager
def _said(given: Mapping[str, object]) -> Iterator[None]:
    """Put options where the processes that are started find them: into the environment."""
    before = dict(os.environ)
    os.environ |= {f"LEEWAY_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


def _settings(ctx: click.Context) -> Settings:
    """Return the settings that the environment says; where it says them wrongly, print how, and exit 1."""
    from pydantic import ValidationError  # noqa: PLC0415 - the command line starts fast

    from api.settings import Settings, told  # noqa: PLC0415 - the command line starts fast

    try:
        return Settings()
    except ValidationError as problem:
        for line in told(problem):
            click.echo(line, err=True)
        ctx.exit(1)


def _serve(ctx: click.Context, settings: Settings, as_json: bool) -> None:
    """Open all of it once, so that what is wrong is said before any process starts, and serve."""
    from api.settings import SettingProblem  # noqa: PLC0415 - the command line starts fast
    from api.web.running import address, counted, hold_signals, run  # noqa: PLC0415 - the server is slow to import

    try:
        with counted(settings.workers):
            host, port = address(settings.host, settings.port)
            packs = _tried(settings)
            hold_signals()
            _say(f"http://{f'[{host}]' if ':' in host else host}:{port}", packs, settings.insecure_demo, as_json)
            run(settings, host, port)
    except SettingProblem as problem:
        click.echo(str(problem), err=True)
        ctx.exit(1)


def _tried(settings: Settings) -> list[str]:
    """Return the packs that will be served, once all has been opened; raise `SettingProblem` where there is none."""
    from api.settings import SettingProblem  # noqa: PLC0415 - the command line starts fast
    from api.web import demonstration, logs, tracing  # noqa: PLC0415 - the command line starts fast
    from api.web.application import create_app  # noqa: PLC0415 - the command line starts fast
    from api.web.opening import opened  # noqa: PLC0415 - the command line starts fast

    logs.configure(settings.log_level)
    if settings.telemetry:
        tracing.needed()
    with opened(settings.model_copy(update={"watch": False, "telemetry": False}), compiled=False) as service:
        create_app(service)
        for state in service.packs.states.values():
            for line in state.wrong:
                click.echo(str(line), err=True)
        if not service.packs.desks:
            raise SettingProblem("there is no pack to serve; say where packs lie with `--packs` or LEEWAY_PACKS")
        if settings.insecure_demo:
            demonstration.prepare(service)
        return sorted(service.packs.desks)


def _say(where: str, packs: list[str], demo: bool, as_json: bool) -> None:
    """Print where the server listens."""
    if as_json:
        click.echo(orjson.dumps({"address": where, "packs": packs, "insecure_demo": demo}))
        return
    click.echo(f"Leeway answers at {where}, by the packs {', '.join(packs)}")
    if demo:
        click.echo(f"A demonstration: anybody on this machine may do anything. Customers to try: {where}/v1/demo")
