"""What draws are read against: the pack's names and facts, the spec's segments, the limits of each fact."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from engine.language.diagnostics import Diagnostics, Mark, did_you_mean
from engine.language.packs.building import as_mapping, as_scalar
from engine.language.reading.tree import Scalar, Tree
from engine.program.nodes import Node
from engine.program.types import INT, NUMBER, Kind, ListOf, Member, Record, Type, kind_of
from engine.release import Release, value_parser
from engine.values.limits import Limits, bound, own
from engine.values.problem import ValueProblem
from simulations.populations.drawing.draws import Formula, Scale
from simulations.specs.expressions import Expressions

OUTSIDE = {"out-of-range": "out-of-limits"}
"""How a file's findings call what is wrong with a value, where that is not what the value's reader calls it."""


@dataclass(frozen=True, eq=False)
class Ground:
    """The pack, the segments, and where findings go."""

    release: Release
    found: Diagnostics
    expressions: Expressions
    fixed: tuple[tuple[str, object], ...]
    """The inputs that are the same for everybody."""
    today: int | None = None
    """The day of all asks, where it is one."""
    segments: tuple[str, ...] = ()
    formulas: list[Formula] = field(default_factory=list)
    """Every expression that was read."""

    @property
    def digits(self) -> int:
        """The decimals of the pack's currency."""
        return self.release.policy.conventions.digits

    def error(self, mark: Mark, code: str, message: str, help: str = "") -> None:
        """Record what is wrong."""
        self.found.error(mark, code, message, help)

    def formula(self, wanted: Wanted, tree: Tree, type_: Type | None) -> Formula:
        """Return an expression, as a value of a type where one is wanted."""
        own_ = tuple(Member(name, node.type) for name, node in wanted.variables.items())
        others = (one for one in self.release.policy.inputs if one.name not in wanted.variables)
        node = self.expressions.node(wanted.path, tree, type_, wanted.variables)
        made = Formula(node, self.fixed, Record((*own_, *others)))
        self.formulas.append(made)
        return made


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is to be drawn: what it is called, its type, the limits it keeps, and what it may read."""

    path: str
    type: Type
    limits: Limits = ()
    variables: Mapping[str, Node] = field(default_factory=dict)
    """What expressions may read beside the pack's facts."""
    written: Mapping[str, float] = field(default_factory=dict)
    """`min`, `max` and `round` as they stand around it."""

    @property
    def kind(self) -> Kind | None:
        """The kind of its values."""
        return kind_of(self.type)

    @property
    def is_figure(self) -> bool:
        """Whether it is a number that a distribution can draw."""
        return self.kind in (Kind.INT, Kind.NUMBER, Kind.MONEY)

    def within(self, tree: Tree) -> Wanted:
        """Return the same with the ends and steps that a draw writes beside its kind."""
        written = {key.text: float(as_scalar(value).text) for key, value in as_mapping(tree) if key.text in ENDS}
        return replace(self, written={**self.written, **written})


ENDS = ("min", "max", "round")


def figure_of(wanted: Wanted, whole: bool) -> Wanted:
    """Return a plain figure that is wanted for the sake of another draw."""
    return replace(wanted, type=INT if whole else NUMBER, limits=())


def scale_of(wanted: Wanted, digits: int) -> Scale:
    """Return how a figure becomes the value that is wanted."""
    written, whole = wanted.written, wanted.kind is not Kind.NUMBER
    unit = 10**digits if wanted.kind is Kind.MONEY else 1
    step = written.get("round", 1.0 if wanted.kind is Kind.INT else None)
    return Scale(unit, whole, step, written.get("min"), written.get("max"))


def ends_of(wanted: Wanted, digits: int) -> tuple[float, float]:
    """Return the least and the largest value that the fact's limits leave, in the engine's units."""
    low, high = -math.inf, math.inf
    for keyword, limit in own(wanted.limits):
        end = float(bound(wanted.type, limit, digits)) if keyword in RANGE else 0.0
        match keyword:
            case "minimum":
                low = max(low, end)
            case "exclusiveMinimum":
                low = max(low, _beyond(wanted, end, math.inf))
            case "maximum":
                high = min(high, end)
            case "exclusiveMaximum":
                high = min(high, _beyond(wanted, end, -math.inf))
            case _:
                pass
    return low, high


RANGE = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _beyond(wanted: Wanted, end: float, towards: float) -> float:
    """Return the nearest value on one side of an end that does not belong."""
    if wanted.kind is Kind.NUMBER:
        return math.nextafter(end, towards)
    return math.floor(end) + 1 if towards > 0 else math.ceil(end) - 1


def constant(ground: Ground, wanted: Wanted, scalar: Scalar) -> object:
    """Return the engine's value of a scalar, or None where it is not a value of the fact."""
    plain = scalar.value
    text = plain is not None and wanted.kind not in (Kind.BOOL, Kind.INT, Kind.NUMBER)
    member = Member("value", wanted.type, constraints=wanted.limits)
    try:
        read = value_parser(ground.release.policy, Record((member,)))({"value": scalar.text if text else plain})
    except ValueProblem as problem:
        issue = problem.all[0]
        code = OUTSIDE.get(issue.code, issue.code)
        ground.error(scalar.mark, code, f"`{wanted.path}`: {issue.message}", issue.help)
        return None
    assert isinstance(read, dict)
    return read["value"]


def known_one(ground: Ground, name: Scalar, known: Iterable[str], what: tuple[str, str]) -> bool:
    """Return whether a name is known; `what` is the code, and what it should be one of."""
    known = tuple(known)
    if name.text in known:
        return True
    listed = ", ".join(f"`{one}`" for one in known[:12])
    help = did_you_mean(name.text, known) or (f"known here: {listed}" if listed else "")
    ground.error(name.mark, what[0], f"there is no {what[1]} `{name.text}`", help)
    return False


def list_in(ground: Ground, path: str) -> tuple[str, Record | None, str]:
    """Return the list that a path goes through, the record that its items are, and the member below it."""
    type_: Type | None = ground.release.policy.inputs
    steps = path.split(".")
    for count, step in enumerate(steps, 1):
        member = type_.find(step) if isinstance(type_, Record) else None
        type_ = None if member is None else member.type
        if isinstance(type_, ListOf) and isinstance(type_.item, Record):
            return ".".join(steps[:count]), type_.item, ".".join(steps[count:])
    return path, None, ""
