"""Facts as a pack declares them, a subset of JSON Schema 2020-12, to types."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from engine.backends.failed import Failed
from engine.backends.texts import check_pattern
from engine.language.diagnostics import Diagnostics, did_you_mean
from engine.language.packs.building import as_mapping, as_scalar, text_of
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree, plain
from engine.program import types
from engine.program.types import NULL, Enum, Kind, ListOf, MapOf, Member, Record, Type, kind_of
from engine.values.limits import Limits
from engine.values.parse import ValueProblem, parser

RANGE: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
LENGTH: Final = frozenset({"minLength", "maxLength", "pattern"})
COUNT: Final = frozenset({"minItems", "maxItems", "uniqueItems"})
ENDS: Final = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
MANY: Final = 20_000
"""Members, references written out, beyond which a pack's facts are refused."""

DEEP: Final = 40
"""References within each other beyond which they are refused."""

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
    members: list[str] = field(default_factory=list)


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
    reader.members.append(key.text)
    resolved, reader = _resolved(reader, tree)
    type_, limits = _type(reader, resolved)
    member = Member(
        name=key.text,
        type=type_,
        question=text_of(tree.get("question") or resolved.get("question")),
        pii=text_of(tree.get("pii") or resolved.get("pii")) == "true",
        title=text_of(tree.get("title") or resolved.get("title")),
        constraints=limits,
    )
    given = tree.get("default") or resolved.get("default")
    return member if given is None else replace(member, default=_default(reader, member, given))


def _default(reader: Reader, member: Member, given: Tree) -> tuple[object, ...]:
    one = Record((replace(member, default=()),))
    try:
        read = parser(one, reader.digits, reader.zone)({member.name: plain(given)})
    except ValueProblem as problem:
        reader.found.error(given.mark, "bad-default", f"the default of `{member.name}`: {problem.all[0].message}")
        return ()
    return (read[member.name],)


def _resolved(reader: Reader, tree: Mapping) -> tuple[Mapping, Reader]:
    """Return the schema that a local reference names, followed to its end."""
    reference = tree.get("$ref")
    if not isinstance(reference, Scalar):
        return tree, reader
    name = reference.text.removeprefix("#/$defs/")
    target = None if reader.shared is None else reader.shared.get(name)
    if not isinstance(target, Mapping):
        known = [] if reader.shared is None else [key.text for key, _ in reader.shared]
        message = f"there is no `$defs` entry `{name}`"
        reader.found.error(reference.mark, "unknown-reference", message, did_you_mean(name, known))
    elif name in reader.around:
        reader.found.error(reference.mark, "cyclic-reference", f"`{name}` refers to itself")
    elif len(reader.members) > MANY or len(reader.around) >= DEEP:
        message = f"references written out, there are over {MANY:,} members or {DEEP} levels"
        reader.found.error(reference.mark, "too-many-facts", message, "nest fewer references in each other")
    else:
        return _resolved(replace(reader, around=(*reader.around, name)), target)
    return Mapping(tree.mark, ()), replace(reader, found=Diagnostics())


def _type(reader: Reader, tree: Mapping) -> tuple[Type, Limits]:
    """Return the type of a schema, and the limits that its values keep (those of items as `items/...`)."""
    names = _names(tree.get("type"))
    type_, inside = _base(reader, tree, [name for name in names if name != "null"])
    limits = (*_limits(reader, tree, type_), *inside)
    return (types.nullable(type_) if "null" in names else type_), limits


def _names(tree: Tree | None) -> list[str]:
    if isinstance(tree, Sequence):
        return [as_scalar(item).text for item in tree]
    return [] if tree is None else [as_scalar(tree).text]


def _base(reader: Reader, tree: Mapping, names: list[str]) -> tuple[Type, Limits]:
    if tree.get("enum") is not None or tree.get("const") is not None:
        return _enum(reader, tree), ()
    given = text_of(tree.get("format"))
    if given in FORMATS:
        return FORMATS[given], ()
    if tree.get("items") is not None or "array" in names:
        item, limits = _inside(reader, tree, "items", "the list does not say what its items are")
        return ListOf(item), limits
    if "object" in names or tree.get("properties") is not None:
        return _object(reader, tree)
    if "number" in names:
        return types.NUMBER, ()
    if names and names[0] in _PLAIN:
        return _PLAIN[names[0]], ()
    message = f"there is no format `{given}`" if given else "the fact has no type"
    reader.found.error(tree.mark, "unknown-type", message, "add `type:`, `enum:` or `format:`")
    return types.TEXT, ()


def _enum(reader: Reader, tree: Mapping) -> Type:
    allowed, constant = tree.get("enum"), tree.get("const")
    items = allowed.items if isinstance(allowed, Sequence) else () if constant is None else (constant,)
    values = [item.value if isinstance(item, Scalar) else 0 for item in items]
    texts = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
    if len(texts) + values.count(None) != len(values) or not texts or values.count(None) > 1:
        reader.found.error(tree.mark, "bad-enum", "an enum lists texts, each once, and perhaps null")
    return Enum(texts, nullable=None in values)


def _inside(reader: Reader, tree: Mapping, key: str, message: str) -> tuple[Type, Limits]:
    """Return the type under `items` or `additionalProperties`, and its limits as seen from the whole."""
    schema = tree.get(key)
    if not isinstance(schema, Mapping):
        reader.found.error(tree.mark, "unknown-type", message, f"add `{key}:`")
        return types.TEXT, ()
    resolved, inner = _resolved(reader, schema)
    type_, limits = _type(inner, resolved)
    return type_, tuple((f"{key}/{keyword}", limit) for keyword, limit in limits)


def _object(reader: Reader, tree: Mapping) -> tuple[Type, Limits]:
    others, properties = tree.get("additionalProperties"), tree.get("properties")
    if isinstance(others, Mapping) and properties is None:
        value, limits = _inside(reader, tree, "additionalProperties", "")
        return MapOf(value), limits
    return (_record(reader, properties) if isinstance(properties, Mapping) else Record(())), ()


def _limits(reader: Reader, tree: Mapping, type_: Type) -> Limits:
    """Return the limits that a schema writes beside its type."""
    limits: dict[str, int | float | str | bool] = {}
    for key, value in tree:
        if key.text not in RANGE | LENGTH | COUNT or not isinstance(value, Scalar) or value.value is None:
            continue
        if key.text not in _allowed(type_):
            message = f"`{key.text}` says nothing of a value that is {type_}"
            reader.found.error(key.mark, "misplaced-limit", message, _advice(type_))
        elif key.text == "pattern" and not _is_pattern(value.text):
            message = "the pattern is not RE2"
            reader.found.error(value.mark, "bad-pattern", message, "look-around and back-references are not part of it")
        else:
            limits[key.text] = value.text if key.text == "pattern" else value.value
    _check_ends(reader, tree, limits)
    return tuple(limits.items())


def _allowed(type_: Type) -> frozenset[str]:
    """Return the limits that mean something for a type."""
    if isinstance(type_, ListOf):
        return COUNT
    if isinstance(type_, Enum):
        return frozenset()
    if kind_of(type_) is Kind.TEXT:
        return LENGTH
    return RANGE if kind_of(type_) in {Kind.INT, Kind.NUMBER, Kind.MONEY} else frozenset()


def _advice(type_: Type) -> str:
    """Return which limits a type may have."""
    allowed = ", ".join(f"`{keyword}`" for keyword in sorted(_allowed(type_)))
    return f"it may have {allowed}" if allowed else "leave it out, and decide by a rule"


def _is_pattern(pattern: str) -> bool:
    """Return whether a pattern is RE2."""
    try:
        check_pattern(pattern)
    except Failed:
        return False
    return True


def _check_ends(reader: Reader, tree: Mapping, limits: dict[str, int | float | str | bool]) -> None:
    """Report limits that no value keeps."""
    for low, high in ENDS:
        least, most = limits.get(low), limits.get(high)
        if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
            mark = as_scalar(tree.get(low) or tree).mark
            reader.found.error(mark, "empty-range", f"`{low}` {least} is above `{high}` {most}: no value is both")
