"""The body of a request: its type, its size, and the JSON in it, strictly read."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from typing import Any, Final, TypeVar

from flask import current_app, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from api.web.problems import Refusal
from engine.problems import RequestError
from engine.request_json import check_json, invalid_model

Model = TypeVar("Model", bound=BaseModel)
JSON: Final = "application/json"
NUMBER: Final = re.compile(r"[1-9][0-9]{0,2}")


def json_text() -> bytes:
    """Return the body, which is one JSON value; raise `Refusal` where it is of another type, or too long."""
    if request.environ.get("HTTP_CONTENT_ENCODING") is not None:
        raise Refusal(415, "the body is compressed", "send it as it is")
    if request.environ.get("CONTENT_TYPE") != JSON and not _in_json():
        raise Refusal(415, "the body is not JSON", f"send it with `Content-Type: {JSON}`")
    text = request.get_data(cache=True)
    longest = current_app.config["MAX_CONTENT_LENGTH"]
    if len(text) >= longest and request.content_length is None:
        # A body that does not say its length is cut off there, without a word.
        raise RequestEntityTooLarge
    try:
        check_json(text, longest)
    except RequestError as problem:
        raise Refusal(400, problem.problem.detail, problem.problem.help) from None
    return text


def _in_json() -> bool:
    """Return whether the body is said to be JSON, with parameters that change nothing."""
    return request.mimetype == JSON and request.mimetype_params.get("charset", "utf-8").lower() == "utf-8"


def body_of(model: type[Model]) -> Model:
    """Return the body as a model; raise `RequestError` with everything that is wrong with it, by JSON Pointer."""
    return read(model, json_text())


def read(model: type[Model], text: bytes) -> Model:
    """Return a JSON text, which was checked, as a model."""
    try:
        return model.model_validate_json(text)
    except ValidationError as problem:
        raise invalid_model(problem) from None


def item_of(model: type[Model], value: Any) -> Model:
    """Return one value of a body that was read as a model."""
    return read(model, json.dumps(value).encode())


def asked_for(*names: str, several: Collection[str] = ()) -> Iterable[str]:
    """Refuse query parameters beside these names, or given twice unless they may be `several`; return the others."""
    if not request.query_string:
        return ()
    sent = request.args
    if sent.keys() - set(names):
        known = ", ".join(f"`{name}`" for name in names) or "none"
        raise Refusal(422, "a query parameter is not known here", f"those that are: {known}", kind="unknown-parameter")
    if any(len(sent.getlist(name)) > 1 for name in sent.keys() - set(several)):
        raise Refusal(422, "a query parameter is given more than once", "give it once", kind="repeated-parameter")
    return sent.keys()


def limit_of(most: int) -> int:
    """Return how many are asked for by `limit`, 50 unless it is said; raise `Refusal` where it is beyond `most`."""
    said = request.args.get("limit", "50")
    if not NUMBER.fullmatch(said) or int(said) > most:
        raise Refusal(422, f"`limit` is no whole number from 1 to {most}")
    return int(said)
