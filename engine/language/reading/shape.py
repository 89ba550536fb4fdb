"""Check the shape of a file against its JSON Schema; say in the author's words what is wrong and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from jsonschema import ValidationError

from engine.language.diagnostics import Diagnostics, Mark, did_you_mean
from engine.language.reading.quoting import quoted, shortened
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree, plain
from engine.language.reading.validator import validator
from engine.language.reading.words import OWNERS, a_list_of, example_of, expected, kind_of, owner, place_name

Say = Callable[[Mark, str, str, str], None]
Fault = Callable[["Place", ValidationError, Say], None]
TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
TRUTHS |= {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
FEW = 14


class Place:
    """The value that an error is about, the key it stands under and the words for it."""

    def __init__(self, root: Tree, path: Iterable[str | int]) -> None:
        """Follow the path from the root of the file."""
        self.path = tuple(path)
        self.tree, self.key = root, root
        for step in self.path:
            self._enter(step)
        self.name = place_name(self.path)

    def _enter(self, step: str | int) -> None:
        """Go one step down."""
        if isinstance(self.tree, Mapping):
            self.key, self.tree = self.tree.key(str(step)) or self.tree, self.tree.get(str(step)) or self.tree
        elif isinstance(self.tree, Sequence) and isinstance(step, int):
            self.tree = self.key = self.tree.items[step]

    @property
    def mark(self) -> Mark:
        """Where the value stands; its key where nothing is written."""
        nothing = isinstance(self.tree, Scalar) and self.tree.style == "plain" and not self.tree.text
        return self.key.mark if nothing else self.tree.mark

    @property
    def inside(self) -> str:
        """Which value a key stands in, or nothing at the top of the file."""
        owned = len(self.path) == 2 and self.path[0] in OWNERS and isinstance(self.path[1], int)
        return f" in {self.name}" if self.path and not owned else ""

    @property
    def shown(self) -> str:
        """The value in short: a scalar as written, else what it is."""
        if not isinstance(self.tree, Scalar):
            return kind_of(self.tree)
        return f"`{shortened(self.tree.text)}`"

    def key_mark(self, name: str) -> Mark:
        """Return where a key of the value stands."""
        key = self.tree.key(name) if isinstance(self.tree, Mapping) else None
        return key.mark if key else self.mark


def check_shape(tree: Tree, schema_name: str, found: Diagnostics) -> None:
    """Report where the file differs from its schema: pack, facts, texts, scenarios or fixtures."""
    for error in validator(schema_name).iter_errors(plain(tree)):
        _report(tree, error, found)


def _report(root: Tree, error: ValidationError, found: Diagnostics) -> None:
    """Report one error of a validator as one diagnostic or several."""
    error = _nearest(error)
    place = Place(root, error.absolute_path)
    context = owner(root, place.path)

    def say(mark: Mark, code: str, message: str, help: str) -> None:
        found.error(mark, code, context + message, help)

    FAULTS.get(str(error.validator), _not_allowed)(place, error, say)


def _wanted(error: ValidationError) -> Any:
    """Return what the keyword that failed asks for, as its schema writes it."""
    return error.validator_value


def _nearest(error: ValidationError) -> ValidationError:
    """Return the one error of a union that is nearest to what was meant."""
    while error.validator in ("anyOf", "oneOf") and error.context and not _choices(error):
        error = max(error.context, key=lambda one: (len(one.absolute_path), one.validator != "type"))
    return error


def _choices(error: ValidationError) -> list[str]:
    """Return the keys of which one is needed, where that is what a union says."""
    branches: list[Any] = _wanted(error) if error.validator == "oneOf" else []
    alone = all(list(branch) == ["required"] for branch in branches)
    return [branch["required"][0] for branch in branches] if alone else []


def _unknown_key(place: Place, error: ValidationError, say: Say) -> None:
    """Report each key that the schema does not list."""
    assert isinstance(error.instance, dict)
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    unsupported = error.schema.get("x-unsupported", {}) if isinstance(error.schema, dict) else {}
    for name in error.instance.keys() - known.keys():
        near = did_you_mean(name, known)
        listed = a_list_of(known) if len(known) <= FEW else ""
        help = unsupported.get(name) or near or (f"known here: {listed}" if listed else "")
        say(place.key_mark(name), "unknown-key", f"unknown key `{shortened(name)}`{place.inside}", help)


def _wrong_type(place: Place, error: ValidationError, say: Say) -> None:
    """Report a value of another type than is wanted."""
    types = _wanted(error) if isinstance(_wanted(error), list) else [_wanted(error)]
    wanted = expected(types)
    if isinstance(place.tree, Scalar) and place.tree.value is None:
        say(place.mark, "empty", f"{place.name} has no value", f"write {wanted}, or leave the key out")
        return
    message = f"{place.name} should be {wanted}, not {kind_of(place.tree)}"
    say(place.mark, "wrong-type", message, _instead(place.tree, types))


def _instead(tree: Tree, types: list[str]) -> str:
    """Return what to write in place of a value of the wrong type, where that is plain."""
    if not isinstance(tree, Scalar):
        return "write an expression, in quotes if it begins with `{` or `[`" if "string" in types else ""
    if "boolean" in types and tree.text in TRUTHS:
        return f"write `{TRUTHS[tree.text]}`"
    if "string" in types:
        return f"write it in quotes: `{quoted(shortened(tree.text))}`"
    if "array" in types:
        return f"write it as a list: `[{shortened(tree.text)}]`"
    number = tree.text.replace("_", "").replace(",", "")
    return f"write `{number}`" if {"number", "integer"} & set(types) and number.isdigit() else ""


def _missing_key(place: Place, error: ValidationError, say: Say) -> None:
    """Report a key that is needed and missing, unless it is there misspelt."""
    assert isinstance(error.instance, dict)
    assert isinstance(error.schema, dict)
    name = error.message.split("'")[1]
    unknown = error.instance.keys() - error.schema.get("properties", {}).keys()
    if not any(did_you_mean(key, [name]) for key in unknown):
        say(place.key.mark, "missing-key", f"{place.name} needs `{name}`", f"add `{name}:`")


def _missing_pair(place: Place, error: ValidationError, say: Say) -> None:
    """Report a key that stands without its other half."""
    assert isinstance(error.instance, dict)
    for key, others in _wanted(error).items():
        for other in others:
            if key in error.instance and other not in error.instance:
                say(
                    place.key_mark(key),
                    "missing-key",
                    f"`{key}` needs `{other}` beside it",
                    f"add `{other}:`",
                )


def _choice(place: Place, error: ValidationError, say: Say) -> None:
    """Report that one key of several is needed, or that more than one is given."""
    names = _choices(error)
    assert isinstance(error.instance, dict)
    given = [name for name in names if name in error.instance]
    if given:
        message = f"{' and '.join(f'`{name}`' for name in given)} exclude each other"
        say(place.key_mark(given[1]), "too-many-keys", message, "keep one")
    else:
        say(place.key.mark, "missing-key", f"{place.name} needs one of {a_list_of(names)}", "add one")


def _not_allowed(place: Place, error: ValidationError, say: Say) -> None:
    """Report a value that the schema does not list."""
    allowed = _wanted(error) if error.validator == "enum" else []
    names = [str(one) for one in allowed]
    help = did_you_mean(str(error.instance), names) or (f"write one of {a_list_of(names)}" if names else "")
    where, name = place.mark, place.name
    if not isinstance(error.instance, (dict, list)) and error.instance != plain(place.tree):
        where, name = place.key_mark(str(error.instance)), f"a key of {name}"
        say(where, "unknown-key", f"unknown key `{shortened(str(error.instance))}`{place.inside}", help)
        return
    say(where, "not-allowed-value", f"{name} cannot be {place.shown}", help or example_of(error))


def _pattern(place: Place, error: ValidationError, say: Say) -> None:
    """Report a text, or a key, that is not written as it should be."""
    if error.instance == plain(place.tree):
        names = _alternatives(str(_wanted(error)))
        help = did_you_mean(str(error.instance), names) or (f"write one of {a_list_of(names)}" if names else "")
        say(
            place.mark,
            "not-allowed-value",
            f"{place.name} cannot be {place.shown}",
            help or example_of(error),
        )
        return
    shown = shortened(str(error.instance))
    help = "use letters, digits and `_`, and begin with a letter"
    if "{4}" in str(_wanted(error)):
        help = "write days as 2024-05-01"
    elif shown in ("action", "amount"):
        help = "`action` and `amount` belong to every ask; choose another"
    say(place.key_mark(str(error.instance)), "bad-name", f"`{shown}` cannot be a name here", help)


def _alternatives(pattern: str) -> list[str]:
    """Return the words of a pattern that lists words: `^(a|b)$` or `^a$`."""
    words = pattern.removeprefix("^").removesuffix("$").removeprefix("(").removesuffix(")").split("|")
    return words if all(word.isidentifier() for word in words) else []


def _negated(place: Place, error: ValidationError, say: Say) -> None:
    """Report a value that is excluded, with what to do instead."""
    help = _wanted(error).get("$comment", "")
    say(place.mark, "not-allowed-value", f"{place.name} cannot be {place.shown}", help)


def _empty(place: Place, error: ValidationError, say: Say) -> None:
    """Report a text, list or mapping that holds too little."""
    if _wanted(error) == 1:
        say(place.mark, "empty", f"{place.name} is empty", "write it, or leave the key out")
    else:
        message = f"{place.name} is shorter than {_wanted(error)}"
        say(place.mark, "not-allowed-value", message, example_of(error))


def _too_many(place: Place, error: ValidationError, say: Say) -> None:
    """Report more keys or items than may stand together."""
    if isinstance(place.tree, Mapping) and place.tree.get("else") is not None:
        say(
            place.key_mark("else"),
            "too-many-keys",
            "`else` stands alone in its branch",
            "give it an item of its own",
        )
        return
    most = _wanted(error)
    say(place.mark, "too-many-keys", f"{place.name} holds more than {most}", f"keep {most}")


def _repeated(place: Place, error: ValidationError, say: Say) -> None:
    """Report items that stand twice in a list."""
    items = place.tree.items if isinstance(place.tree, Sequence) else ()
    seen: list[object] = []
    for item in items:
        value = plain(item)
        if value in seen:
            shown = f"`{value}`" if isinstance(item, Scalar) else "this item"
            say(item.mark, "repeated-item", f"{shown} stands twice in {place.name}", "keep one")
        seen.append(value)


def _limit(place: Place, error: ValidationError, say: Say) -> None:
    """Report a number that is too small or too large."""
    side = "at least" if error.validator in ("minimum", "exclusiveMinimum") else "at most"
    message = f"{place.name} cannot be {place.shown}"
    say(place.mark, "not-allowed-value", message, f"write {side} {_wanted(error)}")


FAULTS: dict[str, Fault] = {
    "additionalProperties": _unknown_key,
    "type": _wrong_type,
    "required": _missing_key,
    "dependentRequired": _missing_pair,
    "oneOf": _choice,
    "pattern": _pattern,
    "not": _negated,
    "minLength": _empty,
    "minItems": _empty,
    "minProperties": _empty,
    "maxProperties": _too_many,
    "maxItems": _too_many,
    "uniqueItems": _repeated,
    "minimum": _limit,
    "maximum": _limit,
}
