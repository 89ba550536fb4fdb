"""What a simulation found: each policy's figures, and what each candidate would change against the baseline.

Money is a decimal string in the study's one `currency`, counts are integers, shares lie between 0 and 1. A figure that
there are too few customers for is null.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from schemas.decision import Amount
from schemas.frozen import Frozen

Evidence = Literal["replayed", "accounted", "assumed"]
"""Replayed: what happened. Accounted: what the policy decides on these facts. Assumed: it needs the response model."""
Unit = Literal["money", "count", "share"]
Quantity = str | int | float | None
Population = Literal["asks", "ledger", "synthetic"]
Advice = Literal["ship", "review", "do not ship"]
Position = Literal["approve", "counter", "escalate", "refer", "ask", "undecided", "decline"]
"""A verdict, where an escalation to a desk (`refer`) and one that no fact could settle (`undecided`) are apart."""


class Interval(Frozen):
    """Where a difference lies at the study's confidence, by resampling customers."""

    low: Quantity
    high: Quantity


class Measure(Frozen):
    """What a figure measures."""

    name: str = Field(examples=["company_cost"])
    title: str
    unit: Unit
    evidence: Evidence
    better: Literal["higher", "lower", "neither"] = "neither"
    custom: bool = Field(False, description="Declared by the simulation, not by leeway.")


class Figure(Frozen):
    """The value of a measure under one policy, in total and for the average customer."""

    measure: str
    value: Quantity
    per_customer: float | None = Field(None, description="Money in whole currency units.")


class Change(Frozen):
    """How a measure differs under a candidate."""

    measure: str
    baseline: Quantity
    candidate: Quantity
    difference: Quantity
    share: float | None = Field(None, description="The difference as a share of the baseline.")
    interval: Interval | None = None


class Stage(Frozen):
    """One stage of the funnel: how many asks got that far."""

    stage: Literal["asked", "allowed", "not denied", "not capped", "within authority"]
    asks: int


class SegmentFigures(Frozen):
    """What one policy means for the customers of one segment."""

    segment: str
    customers: int
    asks: int
    figures: tuple[Figure, ...] = ()


class Run(Frozen):
    """One policy over the whole population."""

    name: str
    title: str = ""
    release: str
    figures: tuple[Figure, ...]
    verdicts: dict[Position, int]
    escalations: dict[str, int] = Field(default_factory=dict, description="By rung, and by desk.")
    funnel: tuple[Stage, ...] = ()
    segments: tuple[SegmentFigures, ...] = ()
    unknown_economics: int = Field(0, description="Offers with an unknown cost, value or gain; it counts as nothing.")


class Transition(Frozen):
    """How many asks moved from one verdict to another (or stayed)."""

    before: Position
    after: Position
    asks: int


class SegmentChange(Frozen):
    """What a candidate means for the customers of one segment."""

    segment: str
    customers: int
    asks: int
    enough: bool = Field(description="There are enough customers to say anything.")
    winners: int = Field(description="Customers whose offers are worth more to them.")
    losers: int = Field(description="Customers whose offers are worth less to them.")
    changes: tuple[Change, ...] = ()
    p_value: float | None = Field(None, description="Of no difference in customer value.")
    stands_out: bool = Field(False, description="Still so after Benjamini-Hochberg over all segments.")


class Share(Frozen):
    """What one edit of a candidate contributes to the difference of a measure (Shapley value)."""

    edit: str
    contribution: Quantity


class Attribution(Frozen):
    """How the difference of a measure divides over a candidate's edits, independent of their order."""

    measure: str
    shares: tuple[Share, ...]
    exact: bool = Field(True, description="Over every order of the edits; else over sampled orders.")


class Assumption(Frozen):
    """A stated assumption, and what the difference of the net benefit would be at both of its ends."""

    name: str
    title: str = ""
    low: str = Field(description="The expression at the low end.")
    base: str
    high: str
    at_low: Quantity
    at_high: Quantity


class BreakEven(Frozen):
    """How far take-up may fall before the candidate stops paying (or must rise for it to pay)."""

    measure: str
    pays: bool = Field(description="The candidate is no worse than the baseline at the assumed take-up.")
    factor: float | None = Field(description="Take-up, as a share of what is assumed, at which the difference is 0.")
    points: tuple[tuple[float, Quantity], ...] = Field((), description="Take-up factor and difference.")


class Gate(Frozen):
    """A condition on the comparison, and whether it was crossed."""

    level: Literal["fail", "warn"]
    condition: str
    crossed: bool
    seen: str = Field(description="The value that it was held against, in words.")
    unsure: bool = Field(False, description="The interval of the difference reaches to both sides.")


class Seen(Frozen):
    """What one policy answers on a case."""

    position: Position
    rung: str | None = None
    desk: str | None = None
    amount: Amount | None = None
    terms: dict[str, JsonValue] = Field(default_factory=dict)
    reasons: tuple[str, ...] = ()


class ChangedCase(Frozen):
    """An ask that is answered differently."""

    id: str
    customer: str
    segment: str
    action: str
    kind: Literal["decision", "reasons", "alternatives"]
    """`decision`: verdict, who may say yes, amount or terms."""
    before: Seen
    after: Seen
    request: JsonValue = Field(None, description="The case as a request, to be decided or explained.")


class Changed(Frozen):
    """How many asks are answered differently, each counted once, and some of them."""

    decisions: int = Field(description="In verdict, rung, amount or terms.")
    reasons_only: int
    alternatives_only: int
    alternatives: int = Field(description="In what is offered instead, whatever else changed.")
    by_action: dict[str, dict[Literal["decision", "reasons", "alternatives"], int]] = Field(default_factory=dict)
    cases: tuple[ChangedCase, ...] = ()


class Comparison(Frozen):
    """A candidate against the baseline, over the same asks and draws."""

    candidate: str
    title: str = ""
    release: str
    edits: tuple[str, ...] = ()
    changes: tuple[Change, ...]
    transitions: tuple[Transition, ...]
    segments: tuple[SegmentChange, ...]
    changed: Changed
    attribution: tuple[Attribution, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    break_even: BreakEven | None = None
    gates: tuple[Gate, ...] = ()
    advice: Advice = "review"


class Point(Frozen):
    """One setting that tuning tried: the parameters, what the objectives came to, and whether the gates hold."""

    parameters: dict[str, str]
    objectives: dict[str, Quantity]
    feasible: bool
    front: bool = Field(False, description="No other point is better in every objective.")


class Finalist(Frozen):
    """A setting rounded to human numbers and scored again on customers that the search had not seen."""

    parameters: dict[str, str]
    rounded: dict[str, str] = Field(description="By parameter: the value before it was rounded.")
    searched: dict[str, Quantity]
    held_out: dict[str, Quantity]
    feasible: bool
    patch: str = Field(description="The setting as a patch, YAML.")


class Tuning(Frozen):
    """What a search over tunable parameters found."""

    objectives: tuple[Measure, ...]
    baseline: dict[str, Quantity] = Field(description="On the customers that the search looks at.")
    baseline_held_out: dict[str, Quantity] = Field(description="On the customers held out from it.")
    trials: tuple[Point, ...]
    finalists: tuple[Finalist, ...]


class Reproduction(Frozen):
    """All that is needed to get the same numbers again."""

    command: str
    leeway: str
    seed: int
    population: Population
    population_hash: str
    customers: int
    asks: int
    now: str | None = None
    resamples: int = 0
    confidence: float = 0.95
    releases: dict[str, str] = Field(default_factory=dict, description="By policy.")


class Study(Frozen):
    """What a simulation found."""

    simulation: str
    title: str = ""
    pack: str
    currency: str
    digits: int = Field(description="Decimals of the currency.")
    measures: tuple[Measure, ...]
    runs: tuple[Run, ...] = Field(description="The baseline first.")
    comparisons: tuple[Comparison, ...] = ()
    tuning: Tuning | None = None
    reproduction: Reproduction
    floor: int = Field(30, description="Customers below which a segment has not enough data.")
