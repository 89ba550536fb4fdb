"""Source that reads the everyday forms of JSON values of a type fast, and gives up on all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias, assert_never, cast

from engine.backends.failed import Failed
from engine.backends.numeric import HIGHEST, LOWEST
from engine.backends.python_lines import Constants, Lines
from engine.backends.spans import duration_of_iso
from engine.backends.times import date_of_text, moment_of_text
from engine.program.types import NULL, Enum, Kind, ListOf, MapOf, Plain, Record, Type
from engine.values.kinds import PLAIN, money_reader
from engine.values.limits import Limits, bound, inner, own, tests
from engine.values.problem import ValueProblem

Read: TypeAlias = Callable[[Any], Any]

GIVES_UP: Final = (Failed, UnicodeEncodeError, ValueProblem)
"""What the generated source raises for a value that is not of an everyday form; something else must read it then."""

REFUSES: Final = {
    "minimum": "{value} < {end}",
    "maximum": "{value} > {end}",
    "exclusiveMinimum": "{value} <= {end}",
    "exclusiveMaximum": "{value} >= {end}",
    "minLength": "len({value}) < {end}",
    "maxLength": "len({value}) > {end}",
    "minItems": "len({value}) < {end}",
    "maxItems": "len({value}) > {end}",
}
"""What a value beyond a limit is, as source."""

NAMES: Final[dict[str, object]] = {
    "Failed": Failed,
    "NULL": NULL,
    "ABSENT": object(),
    "date_of_text": date_of_text,
    "moment_of_text": moment_of_text,
    "duration_of_iso": duration_of_iso,
}


def fast_reader(type_: Type, limits: Limits, digits: int, zone: str) -> Read:
    """Return the generated reader of a type; it raises one of `GIVES_UP`."""
    lines = Lines(Constants())
    writer = Writer(lines, digits, zone)
    lines.add(f"return {writer.value('value', type_, limits)}")
    names = {**NAMES, **lines.constants.values, **writer.held}
    exec(f"def read(value):\n{lines.text()}", names)  # noqa: S102 - names and limits of a schema are literals in it
    return cast("Read", names["read"])


class Writer:
    """Writes the statements that read values."""

    def __init__(self, lines: Lines, digits: int, zone: str) -> None:
        """Begin with nothing written."""
        self.held: dict[str, object] = {}
        self._lines = lines
        self._digits = digits
        self._zone = zone

    def value(self, given: str, type_: Type, limits: Limits) -> str:
        """Write what reads the value that a local holds, and return the local that holds what was read."""
        target = self._lines.fresh()
        if type_.nullable:
            with self._lines.block(f"if {given} is None:"):
                self._lines.add(f"{target} = NULL")
            with self._lines.block("else:"):
                self._present(given, target, type_, limits)
        else:
            self._present(given, target, type_, limits)
        return target

    def _present(self, given: str, target: str, type_: Type, limits: Limits) -> None:
        """Write what reads a value that is not null."""
        match type_:
            case Plain(kind=kind):
                self._plain(given, target, kind)
            case Enum(values=values):
                self._refuse(f"{given}.__class__ is not str or {given} not in {self._held(frozenset(values))}")
                self._lines.add(f"{target} = {given}")
            case ListOf(item=item):
                self._list(given, target, item, inner(limits))
            case MapOf(value=value):
                self._map(given, target, value, inner(limits))
            case Record():
                self._record(given, target, type_)
            case _ as never:
                assert_never(never)
        for (keyword, limit), (holds, _) in zip(own(limits), tests(type_, limits, self._digits), strict=True):
            end = bound(type_, limit, self._digits)
            if keyword in REFUSES and isinstance(end, int | float):
                self._refuse(REFUSES[keyword].format(value=target, end=end))
            else:
                self._refuse(f"not {self._held(holds)}({target})")

    def _refuse(self, condition: str) -> None:
        """Write that a value is left to another reader where the condition holds."""
        with self._lines.block(f"if {condition}:"):
            self._lines.add("raise Failed")

    def _held(self, value: object) -> str:
        """Return the name by which the source reads a value."""
        name = f"H{len(self.held)}"
        self.held[name] = value
        return name

    def _plain(self, given: str, target: str, kind: Kind) -> None:
        """Write what reads a plain kind."""
        match kind:
            case Kind.BOOL:
                self._refuse(f"{given} is not True and {given} is not False")
            case Kind.INT:
                self._refuse(f"{given}.__class__ is not int or not {LOWEST} <= {given} <= {HIGHEST}")
            case Kind.TEXT:
                self._refuse(f"{given}.__class__ is not str")
                self._encodable(given)
            case Kind.NUMBER:
                self._refuse(f"{given}.__class__ is not float or {given} - {given} != 0")
            case Kind.MONEY:
                self._money(given, target)
                return
            case Kind.DATE | Kind.TIMESTAMP | Kind.DURATION:
                self._refuse(f"{given}.__class__ is not str")
                self._lines.add(f"{target} = {self._written(given, kind)}")
                return
            case Kind.NULL:
                self._lines.add("raise Failed")
                return
            case _ as never:
                assert_never(never)
        self._lines.add(f"{target} = {given}")

    def _encodable(self, text: str) -> None:
        """Write what gives up on a text with a lone surrogate."""
        with self._lines.block(f"if not {text}.isascii():"):
            self._lines.add(f"{text}.encode()")

    def _written(self, given: str, kind: Kind) -> str:
        """Return the call that reads a day, a moment or a span."""
        if kind is Kind.TIMESTAMP:
            return f"moment_of_text({given}, {self._zone!r})"
        return f"{'date_of_text' if kind is Kind.DATE else 'duration_of_iso'}({given})"

    def _money(self, given: str, target: str) -> None:
        """Write what reads money: a number that a round amount of minor units is, or another form of it."""
        unit = 10**self._digits
        with self._lines.block(f"if {given}.__class__ is int and -{PLAIN} < {given} < {PLAIN}:"):
            self._lines.add(f"{target} = {given} * {unit}")
        with self._lines.block(f"elif {given}.__class__ is float and -{PLAIN} < {given} < {PLAIN}:"):
            self._lines.add(f"{target} = round({given} * {unit})")
            self._refuse(f"{target} / {unit} != {given}")
        with self._lines.block("else:"):
            self._lines.add(f"{target} = {self._held(money_reader(self._digits))}({given})")

    def _list(self, given: str, target: str, item: Type, limits: Limits) -> None:
        """Write what reads a list."""
        self._refuse(f"{given}.__class__ is not list")
        made, each = self._lines.fresh(), self._lines.fresh()
        self._lines.add(f"{made} = []")
        with self._lines.block(f"for {each} in {given}:"):
            self._lines.add(f"{made}.append({self.value(each, item, limits)})")
        self._lines.add(f"{target} = tuple({made})")

    def _map(self, given: str, target: str, value: Type, limits: Limits) -> None:
        """Write what reads a map."""
        self._refuse(f"{given}.__class__ is not dict")
        key, each = self._lines.fresh(), self._lines.fresh()
        self._lines.add(f"{target} = {{}}")
        with self._lines.block(f"for {key}, {each} in {given}.items():"):
            self._encodable(key)
            self._lines.add(f"{target}[{key}] = {self.value(each, value, limits)}")

    def _record(self, given: str, target: str, type_: Record) -> None:
        """Write what reads a record, by its members; one more than those is not declared."""
        self._refuse(f"{given}.__class__ is not dict")
        each, count = self._lines.fresh(), self._lines.fresh()
        self._lines.add(f"{target} = {{}}")
        self._lines.add(f"{count} = 0")
        for member in type_:
            self._lines.add(f"{each} = {given}.get({member.name!r}, ABSENT)")
            with self._lines.block(f"if {each} is not ABSENT:"):
                self._lines.add(f"{count} += 1")
                self._lines.add(f"{target}[{member.name!r}] = {self.value(each, member.type, member.constraints)}")
            if member.default:
                with self._lines.block("else:"):
                    self._lines.add(f"{target}[{member.name!r}] = {self._held(member.default[0])}")
        self._refuse(f"{count} != len({given})")
