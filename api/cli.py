"""The command line: `leeway COMMAND`; each command is a module that is imported when it is called."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "check": "say what is wrong with policy packs",
    "decide": "decide requests, one a line",
    "offers": "say what may be offered to each customer, one request a line",
    "serve": "answer over HTTP: decisions, offers, outcomes, approvals, events",
    "outcome": "record what a customer answers to an offer",
    "record": "record what happened: contacts, promises kept, insights",
    "promises": "list what is still to be kept, and say what was",
    "feedback": "record what somebody thinks of a rule",
    "scorecard": "measure how customer-centric the organisation is",
    "keys": "make, list and revoke the API keys by which callers are known",
    "ledger": "verify, read, export, replay and erase what was kept",
    "explain": "put decisions into words for an agent, a customer or an auditor",
    "test": "run the scenarios of policy packs",
    "simulate": "say what a policy does for a whole population",
    "compare": "say what a change of policy would do, before it goes live",
    "tune": "look for better values of a policy's parameters",
    "population": "draw customers from a specification, and say what they are like",
    "show": "say what a policy pack does, in plain words",
    "new": "begin a policy pack",
    "fmt": "write policy files in their one form",
    "schema": "print the JSON Schema of policy packs, for editors",
    "doctor": "say what leeway runs on and whether all of it works",
    "demo": "decide a handful of real cases and say what came out",
}
"""Every command, in the order of the help, with what it does."""


class Commands(click.Group):
    """A group whose commands are found by name, so that help and each command start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"api.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; suggest a near name for one that is not there."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from engine.language.diagnostics import did_you_mean  # noqa: PLC0415 - only for a mistake

            near = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"no such command `{args[0]}`" + (f"; {near}" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with what they do, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - only for `--version`

        click.echo(f"leeway {version('leeway')}")
        ctx.exit()


@click.command(
    "leeway", cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option("--packs", metavar="FOLDERS", help="Where packs are looked for by name (or LEEWAY_PACKS; else ./rules).")
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Print the version."
)
@click.pass_context
def main(ctx: click.Context, packs: str | None) -> None:
    """Say what may be done for this customer now, what may not, what to offer instead, and why.

    Exit status: 0 all is well, 1 something is wrong with what was given, 2 the command was called wrongly.
    """
    ctx.obj = packs


if __name__ == "__main__":
    main()
