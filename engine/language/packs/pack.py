"""A policy pack as written: parsed, with places, not yet type-checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath
from typing import Final, Literal, TypeAlias

from engine.language.cel.syntax import Syntax
from engine.language.diagnostics import Mark
from engine.language.packs.signals import DeclaredSignal, EventKind
from engine.language.reading.tree import Scalar
from engine.program.types import Record, Type

NOWHERE: Final = Mark("")
Value: TypeAlias = "Expression | Branches"
Condition: TypeAlias = "Expression | Group"
Need: TypeAlias = Literal["verify", "confirm", "offer"]
About: TypeAlias = Literal["can", "cannot", "by_when", "upgrade"]
Whose: TypeAlias = Literal["agent", "team"]
Span: TypeAlias = Literal["day", "week", "month"]
Effect: TypeAlias = "Allow | Deny | Cap | Floor | Refer | Tell | FollowUp | OnlyRequire"
SPANS: Final[tuple[Span, ...]] = ("day", "week", "month")
"""The spans of budgets, shortest first."""


@dataclass(frozen=True, eq=False)
class Expression:
    """An expression and where it stands; `offset` is where its text begins in the scalar."""

    text: str
    syntax: Syntax
    scalar: Scalar
    offset: int = 0

    @property
    def mark(self) -> Mark:
        """Where it begins."""
        return self.scalar.mark_at(self.offset)

    def mark_at(self, offset: int) -> Mark:
        """Return the place of a character of the text."""
        return self.scalar.mark_at(self.offset + offset)


@dataclass(frozen=True, eq=False)
class Branches:
    """The value of the first branch whose condition holds, else `otherwise` (a failure where there is none)."""

    mark: Mark
    branches: tuple[tuple[Condition, Value], ...]
    otherwise: Value | None


@dataclass(frozen=True, eq=False)
class Group:
    """Conditions together: `kind` is all, any, none or at_least (with `count`)."""

    mark: Mark
    kind: str
    items: tuple[Condition, ...]
    count: int = 0


@dataclass(frozen=True, eq=False)
class Template:
    """A text with expressions in braces."""

    parts: tuple[str | Expression, ...]
    scalar: Scalar


@dataclass(frozen=True, eq=False)
class Say:
    """Texts by reader: customer, agent, auditor."""

    customer: Template | None = None
    agent: Template | None = None
    auditor: Template | None = None


@dataclass(frozen=True, eq=False)
class Parameter:
    """A threshold: one value, or values by the date from which each holds, earliest first."""

    name: str
    mark: Mark
    values: tuple[tuple[date | None, Value], ...]


@dataclass(frozen=True, eq=False)
class Definition:
    """A named derived fact; with parameters it is expanded where it is used."""

    name: str
    mark: Mark
    parameters: tuple[str, ...]
    body: Value | Condition
    means: Template | None = None


@dataclass(frozen=True, eq=False)
class Interval:
    """A range of values; an end that is None is open, and `low_in` / `high_in` say whether the end belongs."""

    low: Expression | None
    low_in: bool
    high: Expression | None
    high_in: bool


@dataclass(frozen=True, eq=False)
class Cell:
    """What a table row asks of one input: one of the values or intervals."""

    mark: Mark
    choices: tuple[Expression | Interval, ...]
    negated: bool = False


@dataclass(frozen=True, eq=False)
class Row:
    """A table row; a missing input is any."""

    mark: Mark
    cells: tuple[tuple[str, Cell], ...]
    outputs: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, eq=False)
class Table:
    """A decision table; `hit` is unique, first or collect."""

    name: str
    mark: Mark
    parameters: tuple[str, ...]
    inputs: tuple[tuple[str, Expression], ...]
    outputs: tuple[tuple[str, Type], ...]
    hit: str
    rows: tuple[Row, ...]
    otherwise: tuple[tuple[str, Expression], ...] | None


@dataclass(frozen=True, eq=False)
class Instead:
    """An alternative to prefer: an action, with some of its inputs set."""

    action: str
    inputs: tuple[tuple[str, Expression], ...]
    mark: Mark


@dataclass(frozen=True, eq=False)
class PromiseTerm:
    """What granting an action promises, and by when."""

    id: str
    mark: Mark
    due: Expression
    say: Template | None


@dataclass(frozen=True, eq=False)
class Action:
    """What the company can do for a customer; `amount` is money, int or none."""

    name: str
    mark: Mark
    title: str
    description: str
    kind: str
    amount: str
    unit: str
    inputs: Record
    proactive: bool
    company_cost: Value | None
    customer_value: Value | None
    company_gain: Value | None
    terms: tuple[tuple[str, Value], ...]
    outputs: tuple[tuple[str, Value], ...]
    effects: tuple[tuple[Expression, Expression], ...]
    promises: tuple[PromiseTerm, ...]
    stands: Expression | None
    """How long an offer of it stays good: a span of days, a day or a moment."""
    instead: tuple[Instead, ...]
    otherwise_reason: str
    otherwise_say: Say
    say: Say


@dataclass(frozen=True, eq=False)
class Allow:
    """Permits: up to an amount, exactly an amount, or (both None) an action without one."""

    up_to: Value | None = None
    exactly: Value | None = None


@dataclass(frozen=True, eq=False)
class Deny:
    """Forbids; final: not even the top rung may; `waivable_by`: does not bind that rung and above."""

    final: bool = False
    waivable_by: str = ""
    mark: Mark = NOWHERE
    """Where the rung that may waive it is written; so in `Cap`."""


@dataclass(frozen=True, eq=False)
class Cap:
    """At most so much."""

    at_most: Value
    protects: str = "business"
    waivable_by: str = ""
    mark: Mark = NOWHERE


@dataclass(frozen=True, eq=False)
class Floor:
    """At least so much: an entitlement that needs no allow."""

    at_least: Value
    protects: str = "customer"


@dataclass(frozen=True, eq=False)
class Refer:
    """A desk off the ladder takes over."""

    desk: str
    mark: Mark = NOWHERE


@dataclass(frozen=True, eq=False)
class Tell:
    """An expectation to set: what can or cannot be done, by when, or when an upgrade talk is due."""

    about: About
    due: Expression | None


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Work for someone else."""

    to: str
    what: str
    due: Expression | None


@dataclass(frozen=True, eq=False)
class OnlyRequire:
    """No effect of its own but its requirements."""


@dataclass(frozen=True, eq=False)
class Requirement:
    """What must be done first; `what` is a path to verify, words to confirm, or an action to offer."""

    kind: Need
    what: str
    mark: Mark
    when: Condition | None
    met: Condition | None


@dataclass(frozen=True, eq=False)
class Effective:
    """When a rule holds: from the first day (in) to the last (out), by the date `by` (default: as_of)."""

    start: date | None
    until: date | None
    by: Expression | None
    mark: Mark = NOWHERE


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule; a check's need is a rule too, with `need` set in place of `when`."""

    id: str
    mark: Mark
    title: str
    owner: str
    selectors: tuple[tuple[str, Mark], ...]
    excepted: tuple[tuple[str, Mark], ...]
    when: Condition | None
    unless: Condition | None
    effect: Effect
    overrides: tuple[tuple[str, Mark], ...] = ()
    requirements: tuple[Requirement, ...] = ()
    reason: str = ""
    source: str = ""
    because: tuple[str, ...] = ()
    effective: Effective | None = None
    say: Say = field(default_factory=Say)
    instead: tuple[Instead, ...] = ()
    need: Condition | None = None
    """A check's need: the rule denies when it does not hold."""


@dataclass(frozen=True, eq=False)
class Budget:
    """What one agent, or one team, may grant of an action in all in a calendar day, week or month."""

    whose: Whose
    span: Span
    amount: Value
    mark: Mark


@dataclass(frozen=True, eq=False)
class Grant:
    """What a rung may grant of an action by itself: an amount, or (None) without limit; and in all, over time."""

    rung: str
    selector: str
    mark: Mark
    amount: Value | None
    allowed: bool = True
    """False for an explicit `false`."""
    rung_mark: Mark = NOWHERE
    budgets: tuple[Budget, ...] = ()


@dataclass(frozen=True, eq=False)
class Accepted:
    """A code whose warnings the pack lives with, and why."""

    code: str
    why: str
    mark: Mark


@dataclass(frozen=True, eq=False)
class Translation:
    """One text in another language: what it is of (`rules`, `actions`, ...), by id, and of that, which part."""

    language: str
    section: str
    id: str
    part: str
    """`title`, a reader, `say.customer`, `promises.sent`; empty where the thing has one text."""
    template: Template
    mark: Mark
    """Where the id is written."""


@dataclass(frozen=True, eq=False)
class Header:
    """Who the pack is for and how it counts."""

    name: str
    title: str
    owner: str
    currency: str
    language: str
    timezone: str
    calendar: str
    ladder: tuple[str, ...]
    desks: tuple[str, ...]
    as_of: Expression | None
    customer_id: Expression | None
    digits: int
    """Decimals of the currency."""
    mark: Mark
    desk_marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, eq=False)
class Pack:
    """A whole pack, those it uses merged in, its parts in the order of files and positions."""

    header: Header
    facts: Record
    parameters: tuple[Parameter, ...]
    definitions: tuple[Definition, ...]
    tables: tuple[Table, ...]
    actions: tuple[Action, ...]
    rank: Expression | None
    authority: tuple[Grant, ...]
    authority_given: bool
    rules: tuple[Rule, ...]
    accepted: tuple[Accepted, ...]
    release: str
    """The content hash: sha256 over all files that make the pack."""
    translations: tuple[Translation, ...] = ()
    events: tuple[EventKind, ...] = ()
    signals: tuple[DeclaredSignal, ...] = ()
    places: Mapping[str, Mark] = field(default_factory=dict)
    """Where the pack's own facts are declared, by path; items of a list or map are `[]`."""
    used: frozenset[PurePath] = frozenset()
    """The folders of the packs that it uses."""

    def action(self, name: str) -> Action | None:
        """Return the action of that name, if any."""
        return next((action for action in self.actions if action.name == name), None)

    def owns(self, mark: Mark) -> bool:
        """Return whether a place lies in the pack itself or in a patch of it, not in a pack that it uses."""
        return PurePath(mark.file).parent not in self.used

    def covers(self, rule: Rule, action: Action) -> bool:
        """Return whether the rule speaks about the action."""
        named = any(selects(selector, action) for selector, _ in rule.selectors)
        excepted = any(selects(selector, action) for selector, _ in rule.excepted)
        money_only = isinstance(rule.effect, Cap) and all(s == "*" for s, _ in rule.selectors)
        return named and not excepted and (not money_only or action.amount == "money")


def selects(selector: str, action: Action) -> bool:
    """Return whether a selector (a name, `kind:x` or `*`) names the action."""
    return selector in ("*", action.name) or (selector == f"kind:{action.kind}" and action.kind != "")
