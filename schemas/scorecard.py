"""How customer-centric we are, counted from what the ledger holds and from the packs.

Every measure is a share with its definition and both of its counts. Where there is nothing to take a share of, the
value is null, which means that there is no data; it is never 0. Money is a decimal string in the currency of its part.
"""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, Field, StringConstraints, field_validator, model_validator

from schemas.frozen import Frozen

ShareText = Annotated[str, StringConstraints(pattern=r"^[01]\.\d{4}$")]
"""A share from 0 to 1 with four decimals, rounded half to even."""
FigureUnit = Literal["count", "money", "amount", "day", "days"]
Better = Literal["higher", "lower", "neither"]
Figure = int | str | None


class Period(Frozen):
    """The span that is looked at, and when."""

    start: AwareDatetime = Field(description="The first moment.")
    end: AwareDatetime = Field(description="The first moment after it.")
    timezone: str = Field("UTC", description="In which quarters and days begin.", examples=["Europe/London"])
    now: AwareDatetime | None = Field(
        None, description="The moment of looking, for what is not due yet; else that of the last event."
    )

    @field_validator("timezone")
    @classmethod
    def _known(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("this timezone is not known; name one as `Europe/London`") from None
        return timezone

    @model_validator(mode="after")
    def _forwards(self) -> Period:
        if self.end <= self.start:
            raise ValueError("a period ends after it starts")
        return self


class FigureColumn(Frozen):
    """What a further figure of a measure and its parts is."""

    name: str = Field(examples=["late"])
    title: str
    unit: FigureUnit = "count"


class Part(Frozen):
    """A measure for one quarter, process, segment, rule or the like."""

    keys: tuple[str, ...] = Field(description="One for each dimension of the breakdown, in its order.")
    title: str = Field("", description="What people call it, where that is not its keys.")
    numerator: int
    denominator: int
    value: ShareText | None
    figures: dict[str, Figure] = Field(default_factory=dict)


class Breakdown(Frozen):
    """A measure in its parts, ordered by their keys."""

    by: tuple[str, ...] = Field(examples=[("quarter", "process")])
    parts: tuple[Part, ...] = ()


class Measure(Frozen):
    """One share, with what it is a share of."""

    name: str = Field(examples=["promises_kept"])
    title: str
    definition: str
    better: Better = "higher"
    numerator: int
    denominator: int
    value: ShareText | None = Field(description="Null where there is no data.")
    columns: tuple[FigureColumn, ...] = Field((), description="The further figures.")
    figures: dict[str, Figure] = Field(default_factory=dict)
    breakdowns: tuple[Breakdown, ...] = ()
    improved_by: tuple[str, ...] = Field((), description="What would improve it, where that is plain.")


class PackRelease(Frozen):
    """A pack whose rules were looked at."""

    pack: str
    title: str
    release: str
    currency: str
    rules: int = Field(description="Its own, without those of packs that it uses.")


class Unanswered(Frozen):
    """An active insight that no rule names."""

    insight: str
    title: str
    source: Literal["customer", "employee", "analysis"]
    since: str = Field(description="The quarter in which it came.", examples=["2026-Q1"])


class Unrecorded(Frozen):
    """What rules name under `because:` and nobody recorded as an insight: a decision record, or a slip."""

    insight: str
    rules: tuple[str, ...]


class Scorecard(Frozen):
    """How customer-centric we are."""

    period: Period
    packs: tuple[PackRelease, ...]
    events: int = Field(description="How many events were looked at.")
    last_event: AwareDatetime | None = None
    measures: tuple[Measure, ...]
    unanswered: tuple[Unanswered, ...] = ()
    unrecorded: tuple[Unrecorded, ...] = ()
