"""What to simulate, as it was written: names and expressions checked against the pack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.language.diagnostics import Mark
from engine.program.nodes import Node
from schemas.study import Measure


@dataclass(frozen=True, eq=False)
class Guess:
    """A stated assumption: an expression at its low end, as assumed, and at its high end, each with its text."""

    name: str
    title: str
    low: Node
    base: Node
    high: Node
    texts: tuple[str, str, str]
    mark: Mark


@dataclass(frozen=True, eq=False)
class Response:
    """What customers are assumed to do with an answer.

    `accepts`, `stays` and `contacts_again` are probabilities (numbers, cut to 0..1). Expressions read the pack's facts
    and definitions, the ask, and the answer to it (see `simulations.specs.variables`).
    """

    accepts: Guess
    stays: Guess | None
    contacts_again: Guess | None
    worth: Guess | None
    """What it is worth to the company that the customer stays, in money."""
    contact_cost: Guess | None
    """What a further contact costs the company, in money."""

    def guesses(self) -> tuple[Guess, ...]:
        """Return all that is assumed, in order."""
        found = (self.accepts, self.stays, self.contacts_again, self.worth, self.contact_cost)
        return tuple(one for one in found if one is not None)


@dataclass(frozen=True, eq=False)
class CustomMeasure:
    """A measure of the simulation's own: the sum of an expression (money, int or bool) over the asks."""

    measure: Measure
    node: Node


@dataclass(frozen=True, eq=False)
class GateSpec:
    """`fail: company_cost > +5%`: a measure of the candidate (or its change) against a limit."""

    level: Literal["fail", "warn"]
    text: str
    measure: str
    segment: str | None
    """`company_cost in premier > 0`: of one segment; None: of all."""
    op: Literal[">", ">=", "<", "<="]
    limit: float
    """In the measure's unit (money in whole currency units); a share of the baseline where `kind` is `percent`."""
    kind: Literal["value", "change", "percent"]
    """`> 100`: the candidate's value. `> +100`: its change. `> +5%`: its change as a share of the baseline."""
    mark: Mark


@dataclass(frozen=True, eq=False)
class Candidate:
    """A change to try: a patch of the pack; None: the pack as it is, against a baseline that is not."""

    name: str
    patch: Path | None
    mark: Mark


@dataclass(frozen=True, eq=False)
class Tunable:
    """A parameter that tuning may set: from, to, in steps (all in the parameter's own unit)."""

    parameter: str
    low: float
    high: float
    step: float | None
    round_to: float | None
    mark: Mark


@dataclass(frozen=True, eq=False)
class Objective:
    """A measure to make large or small."""

    measure: str
    direction: Literal["maximize", "minimize"]
    mark: Mark


@dataclass(frozen=True, eq=False)
class Simulation:
    """A simulation, as its spec says."""

    name: str
    title: str
    file: Path
    pack: Path
    """The folder of the pack."""
    baseline: Path | None
    """A patch that the baseline has on top of the pack."""
    population: Path | None
    """A specification to draw customers from, or a file of asks; None: it is named on the command line."""
    now: int | None
    """For asks that do not say, and for a synthetic population."""
    segment: Node | None
    """Text: what kind of customer it is, of facts alone."""
    segment_text: str
    candidates: tuple[Candidate, ...]
    response: Response | None
    measures: tuple[CustomMeasure, ...]
    gates: tuple[GateSpec, ...]
    tunables: tuple[Tunable, ...]
    objectives: tuple[Objective, ...]
    seed: int = 1
    resamples: int = 2000
    confidence: float = 0.95
    floor: int = 30
    """Customers below which a segment has not enough data."""
    cases: int = 200
    """How many changed cases are listed, at most."""
