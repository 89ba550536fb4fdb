"""A scenario as written: facts, who asks when, and what each answer must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pydantic import JsonValue

from engine.language.diagnostics import Mark

Json: TypeAlias = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and how the customer is in contact; None where the scenario does not say."""

    role: str | None = None
    id: str | None = None
    channel: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that must be so: a key of `expect`, its value, and where it stands."""

    key: str
    value: JsonValue
    mark: Mark


@dataclass(frozen=True, slots=True)
class Step:
    """One ask of a scenario; `facts` have changed, and `events` happened, since the step before.

    `granted`: what was granted lately, where that is not as the step before left it.
    """

    mark: Mark
    ask: Json
    asker: Asker
    now: str | None
    facts: Json
    events: list[JsonValue] | None
    expect: tuple[Expectation, ...]
    granted: Json | None = None


@dataclass(frozen=True, slots=True)
class Uniform:
    """That answers may differ by authority alone: on which channels and by whom it is asked; None where not said."""

    mark: Mark
    channels: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A case with the sentence that it shows to be true; None for what is unknown to it."""

    name: str
    mark: Mark
    facts: Json
    as_of: str | None
    history: list[JsonValue] | None
    events: list[JsonValue] | None
    signals: Json | None
    promises: list[JsonValue] | None
    steps: tuple[Step, ...]
    uniform: Uniform | None = None
    granted: Json | None = None
