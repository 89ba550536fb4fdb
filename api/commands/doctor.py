"""`leeway doctor`: what leeway runs on, and whether all of it works."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import click

PARTS = {
    "babel": "babel",
    "click": "click",
    "durable-rules": "durable.lang",
    "flask": "flask",
    "google-re2": "re2",
    "holidays": "holidays",
    "jsonschema": "jsonschema",
    "lark": "lark",
    "orjson": "orjson",
    "pydantic": "pydantic",
    "pyyaml": "yaml.cyaml",
    "rich": "rich",
    "ruamel.yaml": "ruamel.yaml",
}
"""By distribution: what must import for it to work."""
OPTIONAL = {"durable-rules": "plain Python sees the same signals instead (it comes only for Python below 3.13)"}
"""Parts that may be missing, and what is lost then."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    seen: str
    fine: bool = True
    note: str = ""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="All of it as one JSON object.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Say which versions leeway runs on, which packs it finds, and what does not work."""
    findings = [finding for look in LOOKS for finding in look(ctx)]
    fine = all(one.fine for one in findings)
    if as_json:
        click.echo(json.dumps({"fine": fine, "findings": [asdict(one) for one in findings]}, ensure_ascii=False))
    else:
        for one in findings:
            click.echo(f"{'ok ' if one.fine else 'NOT'} {one.name} {one.seen}" + (f"; {one.note}" if one.note else ""))
    ctx.exit(int(not fine))


def _itself(_: click.Context) -> list[Finding]:
    python = platform.python_version()
    return [
        Finding("leeway", version("leeway")),
        Finding("python", python, sys.version_info >= (3, 11), sys.executable),
    ]


def _parts(_: click.Context) -> list[Finding]:
    return [_part(name, module) for name, module in PARTS.items()]


def _part(name: str, module: str) -> Finding:
    try:
        import_module(module)
        return Finding(name, version(name))
    except (ImportError, OSError, PackageNotFoundError) as problem:
        lost = OPTIONAL.get(name)
        note = lost or f"it does not import ({type(problem).__name__}); install leeway again: make run"
        return Finding(name, "missing", lost is not None, note)


def _packs(ctx: click.Context) -> list[Finding]:
    try:
        from api.folders import packs_in, search  # noqa: PLC0415 - the doctor starts even where a part is missing
    except ImportError as problem:
        return [Finding("packs", "cannot be read", False, f"{problem.name or 'a part'} does not import")]
    looked = ", ".join(path.as_posix() for path in search(ctx))
    found = packs_in(ctx)
    note = "" if found else "no pack is there; `leeway new NAME` begins one, `--packs` looks elsewhere"
    return [Finding("packs", f"in {looked}: {', '.join(path.name for path in found) or 'none'}", True, note)]


LOOKS: tuple[Callable[[click.Context], list[Finding]], ...] = (_itself, _parts, _packs)
