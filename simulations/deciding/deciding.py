"""Many asks for one action decided at once, as `engine.answer` decides one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.backends.columnar.table import Table
from engine.backends.columns import Columns
from engine.backends.reference import evaluate
from engine.language.packs.inputs import ASKED, RUNG
from engine.program.nodes import Call, Const, Given, Input, Node
from engine.program.types import DATE, TEXT, TIMESTAMP, Kind, kind_of, required
from engine.release import Release
from simulations.deciding.positions import (
    APPROVE,
    ASK,
    ESCALATE,
    REFER,
    UNDECIDED,
    WORDS,
    Bits,
    Ints,
    Signs,
    Standing,
)
from simulations.deciding.programs import (
    Found,
    Setting,
    Settling,
    cut_by,
    decide_outputs,
    ints_of,
    read_by,
    term_outputs,
)
from simulations.deciding.reasons import Voice, Voices
from simulations.populations.population import Asks


@dataclass(frozen=True, eq=False, slots=True)
class Decided:
    """What one policy answers to asks for one action, a row each."""

    standing: Standing
    rung: Ints
    """The lowest place on the ladder that could say yes; -1 for none."""
    final: Bits
    granted: Ints
    """What would be granted: now, or by the rung that can say yes."""
    within: Ints
    """What this agent may grant now."""
    reached: Ints
    """How far the ask got: 0 asked, 1 allowed, 2 not denied, 3 not capped (some rung grants it), 4 within authority."""
    voice: Ints
    """Places in `voices`."""
    voices: Sequence[Voice]
    terms: tuple[str, ...]
    """The names of the terms in `found`."""
    found: Found
    """The offer stage: of meaning where something is offered."""

    @property
    def position(self) -> Ints:
        """Return where each answer stands: places in `POSITIONS`."""
        return self.standing.position

    @property
    def offered(self) -> Bits:
        """Return whether something is on the table: an escalation counts by what that rung would grant."""
        return (self.position <= REFER) & (self.granted > 0)


class Decider:
    """Decides asks under one release; an action's program is compiled when the action is first asked for."""

    def __init__(self, release: Release, fixed: Mapping[str, object]) -> None:
        """Begin with the inputs that are the same in every ask."""
        self.setting = Setting(release, _with_as_of(release, fixed))
        self._programs: dict[str, _Program] = {}
        self._as_of: Columns | None = None

    def decide(self, asks: Asks) -> Decided:
        """Return the answers to asks for one action."""
        if asks.action not in self._programs:
            self._programs[asks.action] = _Program(self.setting, asks.action)
        return self._programs[asks.action].decided(self.table(asks.table))

    def table(self, table: Table) -> Table:
        """Return the inputs of asks with the day whose rules hold, where neither they nor the policy's run say it."""
        if "as_of" in self.setting.fixed or "as_of" in table.cells:
            return table
        if self._as_of is None:
            self._as_of = self.setting.compiled((("as_of", _as_of(self.setting.release)),))
        return replace(table, cells={**table.cells, **self._as_of.run(table).cells})


def _as_of(release: Release) -> Node:
    """Return which day's rules hold: of the pack's own date, else of now."""
    policy = release.policy
    chosen = Input("now", TIMESTAMP) if policy.as_of is None else policy.as_of
    if chosen.type.nullable:
        chosen = Given(chosen, required(chosen.type))
    if kind_of(chosen.type) is Kind.TIMESTAMP:
        return Call("date_of", (chosen, Const(policy.conventions.zone, TEXT)), DATE)
    return chosen


def _with_as_of(release: Release, fixed: Mapping[str, object]) -> Mapping[str, object]:
    """Return the inputs with the day whose rules hold, where they settle it."""
    node = _as_of(release)
    if "as_of" in fixed or not read_by([node]) <= fixed.keys():
        return fixed
    day = evaluate(node, fixed)
    return fixed if day is None else {**fixed, "as_of": day}


class _Program:
    """The program of one action, as it runs over many asks."""

    def __init__(self, setting: Setting, action: str) -> None:
        release = setting.release
        self._fixed = setting.fixed
        self._plan = release.policy.plans[action]
        self._desks = {name: place for place, name in enumerate(("", *release.policy.pack.header.desks), -1)}
        self._decide = setting.compiled(decide_outputs(release, self._plan))
        self._undecided = Settling(setting, action, "undecided")
        self._voices = Voices(release, self._plan)

    def decided(self, table: Table) -> Decided:
        """Return the answers to asks."""
        found = Found(self._decide, table)
        standing = self._standing(found, table)
        hits = [found.bits(f"hit:{rule.index}") for rule in self._plan.rules]
        cuts = {index: found.bits(f"cuts:{index}") for index in cut_by(self._plan)}
        voice = self._voices.places(standing, Signs(hits, cuts))
        grantable = found.bits("in_reach") | (whole(ASKED, table, self._fixed) == 0)
        return Decided(
            standing=standing,
            rung=found.ints("rung"),
            final=found.bits("final"),
            granted=found.ints("granted"),
            within=found.ints("within_authority"),
            reached=self._reached(standing.position, voice, grantable),
            voice=voice,
            voices=self._voices.all,
            terms=term_outputs(self._plan),
            found=found,
        )

    def _standing(self, found: Found, table: Table) -> Standing:
        """Return where answers stand: a question that no fact could settle is one for a person."""
        word, desk = found.places("verdict", WORDS), found.places("desk", self._desks)
        position = np.where(desk >= 0, REFER, word)
        open_ = np.flatnonzero(position == ASK)
        position[open_[self._undecided.holds(table, open_)]] = UNDECIDED
        return Standing(position, whole(RUNG, table, self._fixed), desk)

    def _reached(self, position: Ints, voice: Ints, grantable: Bits) -> Ints:
        """Return how far asks got; `grantable`: whether a higher rung could grant what is passed to it."""
        voices = self._voices.all
        allowed = np.array([one.allowed for one in voices], np.bool_)[voice]
        live = np.array([one.live for one in voices], np.bool_)[voice]
        uncapped = live & ((position == APPROVE) | ((position == ESCALATE) & grantable))
        return np.select([~allowed, ~live, ~uncapped, position != APPROVE], [0, 1, 2, 3], 4)


def whole(name: str, table: Table, fixed: Mapping[str, object]) -> Ints:
    """Return an input of whole numbers that is always known."""
    if name in table.cells:
        return ints_of(table.cells[name])
    return np.full(table.rows, fixed[name], np.int64)
