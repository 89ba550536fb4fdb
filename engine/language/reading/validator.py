"""The JSON Schemas of what people write, and validators of them that fetch nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators
from referencing import Registry

SCHEMAS = ("pack", "facts", "texts", "scenarios", "fixtures", "patch", "simulation", "population")
TEXT_KEYWORDS = frozenset(("pattern", "enum", "const", "not", "oneOf", "anyOf", "allOf", "if", "maxLength", "$ref"))


@cache
def schema(name: str) -> dict[str, Any]:
    """Return the schema of that name, such as `pack`, as its file writes it."""
    loaded: dict[str, Any] = json.loads(files("schemas").joinpath(f"{name}.schema.json").read_bytes())
    return loaded


@cache
def validator(name: str) -> Any:
    """Return the validator of a schema; its registry is empty, so no reference leaves the file."""
    whole = schema(name)
    targets = {f"#/$defs/{key}": value for key, value in whole["$defs"].items()} if "$defs" in whole else {}
    any_text = frozenset(ref for ref, target in targets.items() if _takes_any_text(target))

    def refer(current: Any, ref: str, instance: object, _: object) -> Iterator[ValidationError]:
        if type(instance) is str and instance and ref in any_text:
            return iter(())
        errors: Iterator[ValidationError] = current.descend(instance, targets[ref])
        return errors

    extend: Any = validators.extend
    made = extend(Draft202012Validator, {"$ref": refer, "pattern": _pattern})
    return made(whole, registry=Registry())


def _takes_any_text(target: dict[str, Any]) -> bool:
    """Return whether a schema accepts every text that is not empty."""
    return "string" in target.get("type", ()) and target.get("minLength", 1) == 1 and not TEXT_KEYWORDS & target.keys()


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    """Yield an error unless the text matches; `$` is the very end, as in ECMA, not before a line break."""
    if isinstance(instance, str) and not _compiled(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return the pattern of a schema as Python writes it."""
    return re.compile(re.sub(r"(?<!\\)\$(?=\)|$)", r"\\Z", pattern))
