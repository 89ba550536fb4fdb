"""What programs send: one customer's facts and what is asked for them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

Facts = dict[str, Any]


class Agent(BaseModel):
    """Who asks: a rung of the pack's ladder, and an id."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    role: str | None = Field(None, description="A rung of the pack's ladder; none has no authority.")
    id: str | None = Field(None, description="Who exactly asks.")
    team: str | None = Field(None, description="The team they belong to.")


class Ask(BaseModel):
    """What is asked: an action, an amount where it has one, and the action's own inputs."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)
    __pydantic_extra__: dict[str, JsonValue]

    action: str = Field(description="The action's name in the pack.", examples=["goodwill_credit"])
    amount: Annotated[int | float | str, Field(union_mode="left_to_right")] | None = Field(
        None, description="How much, for an action with an amount; money as a number or a decimal string."
    )


class GivenEvent(BaseModel):
    """Something that happened to the customer: its kind, when, and the fields that the pack declares of it."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)
    __pydantic_extra__: dict[str, JsonValue]

    kind: str = Field(
        description="`contact`, `outreach`, `decision`, `outcome`, `grant`, `promise_made`, `promise_kept`, "
        "`promise_broken`, `approval`, `feedback`, or a kind under the pack's `events`.",
        examples=["contact"],
    )
    at: str = Field(description="When it happened, ISO 8601; without an offset, the pack's time.")
    id: str | None = Field(None, min_length=1, max_length=200, description="Its own; else it is called by its place.")


class DecisionRequest(BaseModel):
    """One question, or several in order, about one customer."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: str | None = Field(None, max_length=200, description="The caller's id; else one is made from the content.")
    pack: str | None = Field(None, description="The pack; must be the one that answers, where that is fixed.")
    agent: Agent = Field(default_factory=Agent)
    channel: str | None = Field(None, description="Where it is asked: phone, chat, shop, ...")
    session: str | None = Field(None, description="The conversation that it belongs to.")
    now: str | None = Field(
        None, description="The moment of the decision, ISO 8601; without an offset, the pack's time."
    )
    as_of: str | None = Field(None, description="The day whose rules and parameters hold; else the pack's `as_of`.")
    facts: Facts = Field(default_factory=dict, description="What is known, as the pack's facts.yaml declares it.")
    ask: Ask | None = None
    asks: tuple[Ask, ...] | None = Field(None, min_length=1, max_length=50, description="Several, decided in order.")
    all_or_nothing: bool = Field(False, description="Several asks stand or fall together.")
    history: list[Any] | None = Field(None, description="Earlier decisions; not given is unknown, not empty.")
    granted: dict[str, Any] | None = Field(
        None,
        description="What this agent, and their team, granted of each action this day, week and month; not given is "
        "unknown, not nothing.",
        examples=[{"agent": {"voucher": {"day": "80.00"}}, "team": {"voucher": {"day": "420.00"}}}],
    )
    events: list[GivenEvent] | None = Field(
        None,
        description="All that happened to the customer, as far back as the longest span of a signal; signals are seen "
        "in it. The newest 500 count.",
        examples=[[{"kind": "contact", "at": "2026-03-01T09:00:00", "topic": "router"}]],
    )
    signals: dict[str, Any] | None = Field(
        None,
        description="Signals already seen, by name, before those seen in `events`; one that is neither is unknown.",
        examples=[{"repeat_contact": {"active": True, "count": 3}}],
    )
    promises: list[Any] | None = Field(None, description="Promises made; not given is unknown.")

    @model_validator(mode="after")
    def _one_question(self) -> DecisionRequest:
        if self.ask is not None and self.asks is not None:
            raise ValueError("give `ask` or `asks`, not both")
        return self
