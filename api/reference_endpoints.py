"""The reference page of the API's endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from inspect import isclass
from itertools import groupby
from typing import Any, Final, get_args

from api.openapi.endpoints import Endpoint, endpoints_of, groups_of
from api.openapi.responses import problems_of
from api.reference import NOTE
from api.web.application import endpoints as application
from api.web.operations import KEY

HEAD: Final = f"""\
{NOTE}
# Endpoints

[openapi.json](openapi.json) has the same with every field, and a server
gives it at `/openapi.json`; [problems.md](problems.md) says what each problem means.
"""


def endpoints() -> str:
    """Return the page: each endpoint with who may call it, what it takes and what it gives."""
    app = application()
    told = groups_of(app)
    lines = [HEAD]
    for group, members in groupby(endpoints_of(app), key=lambda one: one.group):
        lines.append(f"## {group}\n\n{told[group]}\n")
        lines += ["\n".join(_endpoint(one)) for one in members]
    return "\n".join(lines)


def _endpoint(one: Endpoint) -> Iterator[str]:
    """Yield the lines of an endpoint."""
    yield f"### {one.method.upper()} {one.path}\n"
    yield " ".join(filter(None, (one.summary, one.more))) + "\n"
    scopes = ", or ".join(f"`{scope}`" for scope in one.told.scopes)
    yield f"- scope: {scopes}" if scopes else "- anybody may call it"
    for parameter in one.told.query:
        yield f"- `?{parameter.name}=`: {_sentence(parameter.means)}"
    if one.told.takes is not None:
        yield f"- takes {_names(one.told.takes)}"
    for status, model in one.told.gives.items():
        yield f"- {status}: {_names(model)}"
    yield f"- problems: {', '.join(map(str, sorted(problems_of(one))))}"
    if one.told.writes:
        yield f"- takes an `{KEY}`"
    yield ""


def _names(model: Any) -> str:
    """Return a model, or each of several, by name; a text by its media type."""
    if model is None:
        return HTTPStatus.NO_CONTENT.phrase.lower()
    if isinstance(model, str):
        return f"`{model}`"
    names = [part.__name__ for part in get_args(model) or (model,) if isclass(part)]
    return " or ".join(f"`{name}`" for name in names) or "a JSON object"


def _sentence(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")
