"""A lowered pack: the program, and what its names belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from engine.language.cel.scope import Conventions
from engine.language.packs.pack import Action, Pack, Requirement, Rule, Span, Whose
from engine.program.nodes import Node
from engine.program.program import Program
from engine.program.types import Record, Type
from engine.signals.pattern import Signals

NO_SIGNALS: Final = Signals(())
Words: TypeAlias = "tuple[str | Node, ...]"

DECIDE, SETTLE, CEILINGS, OFFER, OUTPUTS, NOTES = "decide", "settle", "ceilings", "offer", "outputs", "notes"
"""The stages of every action, in this order."""
ABOVE_BUDGET, BEYOND_BUDGET = "above_budget", "beyond_budget"
"""The last outputs of the decide stage of an action with budgets."""

OWNER: Final[Mapping[Whose, str]] = {"agent": "id", "team": "team"}
"""What of the agent says whose budget it is."""


@dataclass(frozen=True)
class Prefer:
    """An alternative that the policy prefers: an action, with some of its inputs set (engine values)."""

    action: str
    inputs: tuple[tuple[str, object], ...]


@dataclass(frozen=True, eq=False)
class RulePlan:
    """A rule as one action sees it: its hit, its condition's node, its amount, its texts."""

    rule: Rule
    index: int
    """Where its hit stands among the outputs of its stage."""
    hit: Node
    waivable_from: int
    """The place on the ladder from which a deny or cap no longer binds; beyond the top when it always does."""
    amount: Node | None
    say: Mapping[str, Words]
    due: Node | None = None
    prefer: tuple[Prefer, ...] = ()


@dataclass(frozen=True, eq=False)
class RequirementPlan:
    """A requirement: two outputs of the notes stage say whether it applies and is met."""

    rule: Rule
    requirement: Requirement
    index: int
    offer: Prefer | None = None


@dataclass(frozen=True, eq=False)
class PromisePlan:
    """A promise that granting makes; an output of the notes stage says by when."""

    id: str
    index: int
    due: Node
    say: Words


@dataclass(frozen=True, eq=False)
class BudgetPlan:
    """What an agent, or their team, may grant in a span: how much, what they granted, and what is left of it."""

    whose: Whose
    span: Span
    amount: Node
    granted: Node
    left: Node
    """Never below 0; nothing where nobody knows whose budget it is."""


@dataclass(frozen=True, eq=False)
class ActionPlan:
    """All that one action's stages compute, and for whom."""

    action: Action
    amount_type: Type
    rules: tuple[RulePlan, ...]
    """Denies (checks first), allows, caps, floors and refers, in the order of their hits in the decide stage."""
    denies: tuple[RulePlan, ...]
    allows: tuple[RulePlan, ...]
    caps: tuple[RulePlan, ...]
    floors: tuple[RulePlan, ...]
    refers: tuple[RulePlan, ...]
    notes: tuple[RulePlan, ...]
    """Tells, follow-ups and rules that only require; their hits are outputs of the notes stage."""
    requirements: tuple[RequirementPlan, ...]
    promises: tuple[PromisePlan, ...]
    terms: tuple[tuple[str, Type], ...]
    outputs: tuple[tuple[str, Type], ...]
    effects: tuple[tuple[tuple[str, ...], Node], ...]
    prefer: tuple[Prefer, ...]
    say: Mapping[str, Words]
    otherwise_say: Mapping[str, Words]
    authority: tuple[Node, ...] = ()
    """What each place on the ladder is granted in its own name; it may also grant what those below may."""
    budgets: tuple[tuple[BudgetPlan, ...], ...] = ()
    """The budgets that go with what each place is granted; empty where none has any."""
    budgeted: int | None = None
    """Where the decide stage says whether a budget cuts, and after it whether more than budgets does."""
    reads: tuple[str, ...] = ()
    """The inputs of the ask that the verdict reads."""
    stands: int | None = None
    """Where the notes stage says on which day, the last one, an offer is still good."""


@dataclass(frozen=True, eq=False)
class Policy:
    """A pack that is ready to decide: checked, lowered, with its release."""

    pack: Pack
    program: Program
    plans: Mapping[str, ActionPlan]
    conventions: Conventions
    as_of: Node | None
    """Which date picks versions, where the request does not say; None: now's day."""
    customer_id: Node | None
    columns: Mapping[str, Sequence[Mapping[str, Node]]] = field(default_factory=dict)
    """The inputs of each decision table, once for each use of it."""
    signals: Signals = NO_SIGNALS
    kinds: Mapping[str, Record] = field(default_factory=dict)
    """The fields of every kind of event."""
    segment: Node | None = None
    """The customer's segment, where the pack defines `segment`, a text."""

    @property
    def inputs(self) -> Record:
        """The record of all top-level inputs."""
        return self.program.inputs

    @property
    def release(self) -> str:
        """The content hash that every decision names."""
        return self.pack.release
