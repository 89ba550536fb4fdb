"""Policies that are put the same asks; what several of them decide alike is compiled and decided once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from engine.release import Release
from simulations.deciding.alternatives import wanted
from simulations.deciding.deciding import Decided, Decider
from simulations.deciding.options import Options
from simulations.deciding.same import Meanings
from simulations.measuring.answers import answers_of
from simulations.measuring.asked import Side
from simulations.populations.population import Batch


@dataclass(frozen=True, eq=False, slots=True)
class Policy:
    """A release as it decides asks."""

    release: Release
    decider: Decider
    options: Options
    deciders: Mapping[str, Decider]
    """By action: what decides it, of the first policy in which it means the same."""


class Panel:
    """Policies as they join."""

    def __init__(self, fixed: Mapping[str, object]) -> None:
        """Begin with none, over asks that have these inputs in common."""
        self._fixed = fixed
        self._meanings = Meanings()
        self._first: dict[tuple[str, Hashable], Policy] = {}

    def policy(self, release: Release) -> Policy:
        """Return the policy of a release, joined to those before."""
        meanings = self._meanings.of(release).items()
        earlier = {meaning[0]: self._first[meaning] for meaning in meanings if meaning in self._first}
        own = Decider(release, self._fixed)
        made = Policy(
            release,
            own,
            Options(own.setting, {action: one.options for action, one in earlier.items()}),
            {**dict.fromkeys(release.policy.plans, own), **{action: one.decider for action, one in earlier.items()}},
        )
        for meaning in meanings:
            self._first.setdefault(meaning, made)
        return made


class Sitting:
    """The asks of a batch as they are put to policies, one after the other."""

    def __init__(self, batch: Batch) -> None:
        """Begin with nothing decided."""
        self._asks = batch.asks
        self._decided: dict[tuple[Decider, int], Decided] = {}

    def side(self, policy: Policy) -> Side:
        """Return what a policy answers."""
        decided = [(asks.action, self._of(policy, place)) for place, asks in enumerate(self._asks)]
        return Side(answers_of(policy.release, decided), wanted(policy.options, decided))

    def _of(self, policy: Policy, place: int) -> Decided:
        """Return what a policy answers to one kind of ask."""
        asks = self._asks[place]
        decider = policy.deciders[asks.action]
        if (decider, place) not in self._decided:
            self._decided[decider, place] = decider.decide(asks)
        return self._decided[decider, place]
