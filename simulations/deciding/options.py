"""What else could be offered: an action, or one with inputs set, as an ask of its own to many customers at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from engine.backends.columnar.table import Table
from engine.backends.columns import Columns
from engine.language.packs.inputs import ASKED
from engine.program.plan import DECIDE, OFFER, SETTLE, Prefer
from simulations.deciding.positions import APPROVE, ASK, WORDS, Ints
from simulations.deciding.programs import Found, Outputs, Setting, read_by, stage_of, term_outputs

NOTHING, OFFERED, NEEDS, UNSEEN = range(4)
"""An option may not be granted, may be, may be once its own inputs are known, was not looked at."""


class Option:
    """An action with nothing known of the ask but the inputs that are set."""

    def __init__(self, setting: Setting, prefer: Prefer) -> None:
        """Begin with nothing compiled."""
        name, given = prefer.action, dict(prefer.inputs)
        release, plan = setting.release, setting.release.policy.plans[name]
        nodes = {**dict(stage_of(release, name, DECIDE).outputs), **dict(stage_of(release, name, SETTLE).outputs)}
        self._setting = setting.given({"ask": {"action": name, **given}, ASKED: 0})
        self._decide: Outputs = tuple((output, nodes[output]) for output in ("verdict", "rung", "beyond_ask"))
        self._offer: Outputs = (("granted", nodes["granted"]), *stage_of(release, name, OFFER).outputs)
        self._columns: dict[Outputs, Columns] = {}
        self.reads = read_by(node for _, node in (*self._decide, *self._offer))
        self.found = 0
        """How often it was an alternative, so far."""
        self.proactive = plan.action.proactive
        self.needs = tuple(one for one in plan.reads if one not in given)
        self.terms = term_outputs(plan)

    def states(self, context: Table, agents: Ints) -> Ints:
        """Return what the option is to each customer, asked about by these agents."""
        found = self._run(self._decide, context)
        verdict = found.places("verdict", WORDS)
        needs = (verdict == ASK) & (found.ints("rung") == agents) & ~found.bits("beyond_ask")
        return np.select([verdict == APPROVE, needs], [OFFERED, NEEDS], NOTHING)

    def offers(self, context: Table) -> Found:
        """Return what is granted, and the offer stage."""
        return self._run(self._offer, context)

    def _run(self, outputs: Outputs, context: Table) -> Found:
        if outputs not in self._columns:
            self._columns[outputs] = self._setting.compiled(outputs)
        return Found(self._columns[outputs], context)


@dataclass(frozen=True, slots=True)
class Group:
    """What is looked at as an alternative in asks for one action in which the policy prefers the same."""

    action: str
    preferred: tuple[Prefer, ...]
    """In this order, before all others."""
    others: tuple[Prefer, ...]
    """By rank."""

    @property
    def all(self) -> tuple[Prefer, ...]:
        """Return all together."""
        return (*self.preferred, *self.others)


class Options:
    """The options of a release; those of actions that mean the same in another release are that one's."""

    def __init__(self, setting: Setting, others: Mapping[str, Options] = MappingProxyType({})) -> None:
        """Begin with none; `others`: by action, the options of such a release."""
        self._setting, self._release = setting, setting.release
        self._others = others
        self._kept: dict[Prefer, Option] = {}
        self._groups: dict[tuple[str, tuple[Prefer, ...]], Group] = {}

    def of(self, prefer: Prefer) -> Option:
        """Return an option."""
        if prefer.action in self._others:
            return self._others[prefer.action].of(prefer)
        if prefer not in self._kept:
            self._kept[prefer] = Option(self._setting, prefer)
        return self._kept[prefer]

    @cached_property
    def reads(self) -> frozenset[str]:
        """Return the inputs that alternatives may be decided on."""
        stages = (DECIDE, SETTLE, OFFER)
        plans = [plan for plan in self._release.policy.plans.values() if plan.action.proactive]
        outputs = [stage_of(self._release, plan.action.name, stage).outputs for plan in plans for stage in stages]
        return read_by(node for some in outputs for _, node in some) - {"ask", ASKED}

    def group(self, action: str, preferred: tuple[Prefer, ...]) -> Group:
        """Return what is looked at as an alternative to an action."""
        if (action, preferred) not in self._groups:
            self._groups[action, preferred] = self._group(action, preferred)
        return self._groups[action, preferred]

    def _group(self, action: str, preferred: tuple[Prefer, ...]) -> Group:
        named = {action, *(prefer.action for prefer in preferred)}
        others = [Prefer(name, ()) for name in self._release.policy.plans if name not in named]
        return Group(action, self._proactive(preferred), self._proactive(others))

    def _proactive(self, some: Iterable[Prefer]) -> tuple[Prefer, ...]:
        return tuple(prefer for prefer in some if self.of(prefer).proactive)
