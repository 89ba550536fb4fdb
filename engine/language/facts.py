"""Facts as a pack declares them, a subset of JSON Schema 2020-12, to types."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from engine.language.building import as_mapping, as_scalar, text_of
from engine.language.diagnostics import Diagnostics, did_you_mean
from engine.language.tree import Mapping, Scalar, Sequence, Tree, plain
from engine.program import types
from engine.program.types import NULL, Enum, ListOf, MapOf, Member, Record, Type
from engine.values import ValueProblem, parser

CONSTRAINTS: Final = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern",
    "minItems", "maxItems", "uniqueItems",
)  # fmt: skip
FORMATS: Final[dict[str, Type]] = {
    "date": types.DATE,
    "date-time": types.TIMESTAMP,
    "duration": types.DURATION,
    "money": types.MONEY,
}
_PLAIN: Final[dict[str, Type]] = {
    "boolean": types.BOOL,
    "integer": types.INT,
    "number": types.NUMBER,
    "string": types.TEXT,
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads schemas of one file; `shared` are its `$defs`, and `around` the references that are being followed."""

    found: Diagnostics
    digits: int
    zone: str
    shared: Mapping | None = None
    around: tuple[str, ...] = ()


def facts_type(tree: Tree, found: Diagnostics, digits: int, zone: str) -> Record:
    """Return the record that a facts file declares; what is wrong with it is reported to `found`."""
    root = as_mapping(tree)
    shared = root.get("$defs")
    reader = Reader(found, digits, zone, shared if isinstance(shared, Mapping) else None)
    properties = root.get("properties")
    return _record(reader, properties) if isinstance(properties, Mapping) else Record(())


def inputs_type(tree: Tree, found: Diagnostics, digits: int, zone: str) -> Record:
    """Return the record of an action's inputs; an optional one is null where it is not given."""
    reader = Reader(found, digits, zone)
    return Record(tuple(_input(reader, key, as_mapping(value)) for key, value in as_mapping(tree)))


def _input(reader: Reader, key: Scalar, tree: Mapping) -> Member:
    member = _member(reader, key, tree)
    if text_of(tree.get("optional")) != "true":
        return member
    default = member.default or (NULL,)
    return replace(member, type=types.nullable(member.type), default=default)


def _record(reader: Reader, properties: Mapping) -> Record:
    return Record(tuple(_member(reader, key, value) for key, value in properties if isinstance(value, Mapping)))


def _member(reader: Reader, key: Scalar, tree: Mapping) -> Member:
    resolved, reader = _resolved(reader, tree)
    type_ = _type(reader, resolved)
    member = Member(
        name=key.text,
        type=type_,
        question=text_of(tree.get("question") or resolved.get("question")),
        pii=text_of(tree.get("pii") or resolved.get("pii")) == "true",
        title=text_of(tree.get("title") or resolved.get("title")),
        constraints=_constraints(resolved),
    )
    given = tree.get("default")
    return member if given is None else replace(member, default=_default(reader, member, given))


def _constraints(tree: Mapping) -> tuple[tuple[str, int | float | str | bool], ...]:
    return tuple(
        (key.text, value.value)
        for key, value in tree
        if key.text in CONSTRAINTS and isinstance(value, Scalar) and value.value is not None
    )


def _default(reader: Reader, member: Member, given: Tree) -> tuple[object, ...]:
    one = Record((replace(member, default=()),))
    try:
        read = parser(one, reader.digits, reader.zone)({member.name: plain(given)})
    except ValueProblem as problem:
        reader.found.error(given.mark, "bad-default", f"the default of `{member.name}`: {problem.all[0].message}")
        return ()
    return (read[member.name],) if isinstance(read, dict) else ()


def _resolved(reader: Reader, tree: Mapping) -> tuple[Mapping, Reader]:
    """Return the schema that a local reference names, followed to its end."""
    reference = tree.get("$ref")
    if not isinstance(reference, Scalar):
        return tree, reader
    name = reference.text.removeprefix("#/$defs/")
    target = None if reader.shared is None else reader.shared.get(name)
    if not isinstance(target, Mapping):
        known = [] if reader.shared is None else [key.text for key, _ in reader.shared]
        reader.found.error(
            reference.mark, "unknown-reference", f"there is no `$defs` entry `{name}`", did_you_mean(name, known)
        )
        return Mapping(tree.mark, ()), reader
    if name in reader.around:
        reader.found.error(reference.mark, "cyclic-reference", f"`{name}` refers to itself")
        return Mapping(tree.mark, ()), reader
    return _resolved(replace(reader, around=(*reader.around, name)), target)


def _type(reader: Reader, tree: Mapping) -> Type:
    names = _names(tree.get("type"))
    type_ = _base(reader, tree, [name for name in names if name != "null"])
    return types.nullable(type_) if "null" in names or type_.nullable else type_


def _names(tree: Tree | None) -> list[str]:
    if isinstance(tree, Sequence):
        return [as_scalar(item).text for item in tree]
    return [] if tree is None else [as_scalar(tree).text]


def _base(reader: Reader, tree: Mapping, names: list[str]) -> Type:
    allowed = tree.get("enum")
    if isinstance(allowed, Sequence) or tree.get("const") is not None:
        return _enum(reader, tree, allowed)
    given = tree.get("format")
    if given is not None and text_of(given) in FORMATS:
        return FORMATS[text_of(given)]
    if tree.get("items") is not None or "array" in names:
        return ListOf(_items(reader, tree))
    if "object" in names or tree.get("properties") is not None:
        return _object(reader, tree)
    if "number" in names and "integer" in names:
        return types.NUMBER
    if names and names[0] in _PLAIN:
        return _PLAIN[names[0]]
    reader.found.error(tree.mark, "unknown-type", "the fact has no type", "add `type:`, `enum:` or `format:`")
    return types.TEXT


def _enum(reader: Reader, tree: Mapping, allowed: Tree | None) -> Type:
    constant = tree.get("const")
    items = allowed.items if isinstance(allowed, Sequence) else () if constant is None else (constant,)
    scalars = [as_scalar(item) for item in items]
    texts = tuple(dict.fromkeys(one.value for one in scalars if isinstance(one.value, str)))
    none = any(one.value is None for one in scalars)
    if len(texts) + none != len(scalars) or not texts:
        reader.found.error(tree.mark, "bad-enum", "an enum lists texts, each once, and perhaps null")
    return Enum(texts, nullable=none)


def _items(reader: Reader, tree: Mapping) -> Type:
    items = tree.get("items")
    if not isinstance(items, Mapping):
        reader.found.error(tree.mark, "unknown-type", "the list does not say what its items are", "add `items:`")
        return types.TEXT
    resolved, inner = _resolved(reader, items)
    return _type(inner, resolved)


def _object(reader: Reader, tree: Mapping) -> Type:
    others, properties = tree.get("additionalProperties"), tree.get("properties")
    if isinstance(others, Mapping) and properties is None:
        resolved, inner = _resolved(reader, others)
        return MapOf(_type(inner, resolved))
    return _record(reader, properties) if isinstance(properties, Mapping) else Record(())
