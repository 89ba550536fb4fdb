"""The endpoints of an application, as their views tell of them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import getdoc
from typing import Final

from flask import Flask
from werkzeug.routing import Rule

from api.web.operations import OPERATION, Operation

VARIABLE: Final = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+?)_?>")
IMPLIED: Final = frozenset({"HEAD", "OPTIONS"})
"""Methods that every address answers without saying so."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A part of an address that is given: what it is called, and of which kind it is."""

    name: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one address."""

    id: str
    group: str
    method: str
    path: str
    variables: tuple[Variable, ...]
    summary: str
    more: str
    """What its docstring says beyond the summary."""
    told: Operation


def endpoints_of(app: Flask) -> tuple[Endpoint, ...]:
    """Return the endpoints of an application, in the order in which they were registered."""
    return tuple(endpoint for rule in app.url_map.iter_rules() for endpoint in _of(app, rule))


def _of(app: Flask, rule: Rule) -> Iterator[Endpoint]:
    view = app.view_functions[rule.endpoint]
    summary, _, more = (getdoc(view) or "").partition("\n\n")
    for method in sorted((rule.methods or set()) - IMPLIED):
        yield Endpoint(
            id=rule.endpoint.replace(".", "_"),
            group=rule.endpoint.partition(".")[0],
            method=method.lower(),
            path=VARIABLE.sub(r"{\g<name>}", rule.rule),
            variables=tuple(Variable(one["name"], one["kind"]) for one in VARIABLE.finditer(rule.rule)),
            summary=summary,
            more=" ".join(more.split()),
            told=getattr(view, OPERATION),
        )


def groups_of(app: Flask) -> dict[str, str]:
    """Return what is said of each group of endpoints, by its name."""
    modules = {name: sys.modules[one.import_name] for name, one in app.blueprints.items()}
    return {name: getdoc(module) or "" for name, module in modules.items()}
