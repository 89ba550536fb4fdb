"""What a population looks like: its customers' facts, one by one, and what they ask for."""

from __future__ import annotations

from pydantic import Field

from schemas.frozen import Frozen

Value = str | int | float | bool


class ValueCount(Frozen):
    """A value and how often it comes."""

    value: Value
    count: int


class Spread(Frozen):
    """Where values lie: the least, the largest, and below which a share of them lies."""

    low: Value
    p5: Value
    p25: Value
    median: Value
    p75: Value
    p95: Value
    high: Value
    mean: float | None = Field(None, description="Of amounts and numbers; money in whole currency units.")


class FactSummary(Frozen):
    """A fact in all customers, or in all items of a list."""

    fact: str = Field(examples=["customer.tenure_years", "services[].plan"])
    type: str
    of: int = Field(description="How many customers, or items, could have it.")
    known: float = Field(description="The share for whom it is known; a known none included.")
    none: float = Field(description="The share for whom it is known to be none.")
    distinct: int
    spread: Spread | None = Field(None, description="Of values that have an order; of a list, how many items it has.")
    values: tuple[ValueCount, ...] = Field((), description="The most frequent values, where there are few.")


class AskSummary(Frozen):
    """How often an action is asked for."""

    action: str
    asks: int
    customers: int


class SegmentSummary(Frozen):
    """Customers of a kind."""

    segment: str
    customers: int = Field(description="Of those described.")
    facts: tuple[FactSummary, ...]


class PopulationSummary(Frozen):
    """A population; facts are those of some customers where there are many."""

    hash: str
    customers: int
    described: int = Field(description="How many customers' facts were looked at.")
    asks: tuple[AskSummary, ...]
    facts: tuple[FactSummary, ...]
    segments: tuple[SegmentSummary, ...] = ()
