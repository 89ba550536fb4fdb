"""The page of every setting of a server, from the model that reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import click
from pydantic import SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

from api.commands.serve import command
from api.reference import NOTE, linked
from api.settings import Settings

PREFIX: Final = "LEEWAY_"
SPAN: Final = "a span of time: `PT90S`, `PT5M`, `P3D`, or `00:05:00`"
HIDDEN: Final = "a secret; it is not shown anywhere"
KINDS: Final[dict[object, str]] = {
    bool: "`true` or `false`",
    str: "a text",
    timedelta: SPAN,
    Path: "a file",
    SecretStr: HIDDEN,
    tuple[str, ...]: "texts, with commas between them",
}
"""What is written for a type."""
INTRODUCTION: Final = """\
`leeway serve` reads these variables from the environment when it starts; so do gunicorn and `flask --app` where they
run it. The options of [`leeway serve`](reference/commands.md#leeway-serve) count more. A value that is wrong is said at
the start, and nothing starts. How to put them together is in [deploying.md](deploying.md); what other commands read is
with them: `LEEWAY_LEDGER`, `LEEWAY_KEYS`, `LEEWAY_MASTER_KEY`, `LEEWAY_MASTER_KEY_FILE`, `LEEWAY_SIGNING_KEY`, and
`LEEWAY_PACKS`.

`LEEWAY_CACHE` is for commands, such as `leeway decide`, `check` and `test`: the folder in which packs
are kept compiled, so that they start at once the next time. Without it that is `leeway` in the user's own cache; `off`
keeps none. A server does not read it.
"""


def settings() -> str:
    """Return the page of every setting."""
    fields = Settings.model_fields
    parts = [
        NOTE,
        "# Settings of a server\n",
        INTRODUCTION,
        *(f"* {linked(_name(name), f'`{_name(name)}`')}" for name in fields),
        "",
    ]
    for name, field in fields.items():
        parts += [f"## `{_name(name)}`\n", *_told(name, field)]
    return "\n".join(parts)


def _name(field: str) -> str:
    return PREFIX + field.upper()


def _told(name: str, field: FieldInfo) -> Iterator[str]:
    """Yield what is told of a setting."""
    yield f"{field.description}\n"
    yield f"* It is {_kind(field)}."
    if field.default not in (None, ""):
        yield f"* Without it: `{_default(field)}`."
    if option := _option(name):
        yield f"* Option: `{option}`."
    yield ""


def _kind(field: FieldInfo) -> str:
    """Return what may be written, in words."""
    type_ = _present(field.annotation)
    if get_origin(type_) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(type_))
    return _number(field) if type_ is int else KINDS[type_]


def _present(annotation: Any) -> Any:
    """Return a type without the None beside it."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    (found,) = (one for one in get_args(annotation) if one is not NoneType)
    return found


def _number(field: FieldInfo) -> str:
    """Return the range that a number lies in."""
    ends = {key: getattr(one, key) for one in field.metadata for key in ("ge", "le") if hasattr(one, key)}
    return f"a number from {ends['ge']:,} to {ends['le']:,}" if "le" in ends else f"a number, {ends['ge']:,} or more"


def _default(field: FieldInfo) -> str:
    """Return what counts where nothing is written."""
    written = TypeAdapter[Any](_present(field.annotation)).dump_python(field.default, mode="json")
    if isinstance(written, bool):
        return str(written).lower()
    return ",".join(written) if isinstance(written, list) else str(written)


def _option(name: str) -> str:
    """Return the option that says the same, if there is one."""
    named = (one for one in command.params if isinstance(one, click.Option) and one.name == name)
    return next((one.opts[0] for one in named), "")
