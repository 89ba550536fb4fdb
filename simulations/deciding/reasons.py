"""What is said beside a verdict: worked out by the engine, once for all asks that the same rules decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.alternatives import preferences
from engine.answer import Answer
from engine.case import Asked, Case
from engine.language.packs.pack import Deny
from engine.program.plan import ActionPlan, Prefer, RulePlan
from engine.release import Release
from simulations.deciding.positions import BEYOND, BUDGET, DESKS, Ints, Signs, Standing

WORD: Final = 62
"""How many bits of a signature stand in one word."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What goes with answers that the same rules decide."""

    reasons: tuple[str, ...]
    preferred: tuple[Prefer, ...]
    """What the policy prefers to offer instead, best first."""
    allowed: bool
    """An allow or a floor holds."""
    live: bool
    """No deny that binds this agent stands against it."""


@dataclass(slots=True)
class Signed(Answer):
    """An answer of which no more is known than which rules hold, and which caps cut what was asked for."""

    cutting: frozenset[int] = frozenset()
    """Where these caps stand among the rules; and `BUDGET` and `BEYOND`."""

    def cuts(self, cap: RulePlan, amount: int) -> bool:
        """Return whether a cap cuts what was asked for."""
        return cap.index in self.cutting

    @property
    def above_budget(self) -> bool:
        """Whether a budget cuts what was asked for."""
        return BUDGET in self.cutting

    @property
    def beyond_budget(self) -> bool:
        """Whether more than budgets cuts it."""
        return BUDGET not in self.cutting or BEYOND in self.cutting


class Voices:
    """The voices of one action under one release, each worked out when it is first met."""

    def __init__(self, release: Release, plan: ActionPlan) -> None:
        """Begin with none."""
        self._release, self._plan = release, plan
        self._places: dict[tuple[object, ...], int] = {}
        self._kept: dict[Voice, int] = {}

    @property
    def all(self) -> Sequence[Voice]:
        """Return all voices that were met so far, in the order of their places."""
        return tuple(self._kept)

    def places(self, standing: Standing, signs: Signs) -> Ints:
        """Return the place of each ask's voice."""
        firsts, codes = numbered(_words(standing, signs))
        found = [self._place(row, standing, signs) for row in firsts.tolist()]
        return np.array(found, np.int64)[codes]

    def _place(self, row: int, standing: Standing, signs: Signs) -> int:
        """Return the place of the voice of one ask."""
        held = tuple(bool(hit[row]) for hit in signs.hits)
        cutting = frozenset(index for index, cuts in signs.cuts.items() if cuts[row])
        said = (standing.word(row), int(standing.agent[row]), int(standing.desk[row]), held, cutting)
        if said not in self._places:
            answer = self._answer(*said)
            self._places[said] = self._kept.setdefault(_voice(answer, held), len(self._kept))
        return self._places[said]

    def _answer(
        self, word: tuple[str, bool], agent: int, desk: int, held: tuple[bool, ...], cutting: frozenset[int]
    ) -> Signed:
        """Return the answer that a signature stands for."""
        verdict, undecided = word
        name = self._release.policy.pack.header.desks[desk] if desk >= 0 else ""
        decided = (verdict, -1, name, False, 0, 0, False, *held)
        case, asked = Case("", {}, agent, 0), Asked(self._plan, 0, {})
        return Signed(self._release, case, asked, self._plan, decided, verdict, undecided, cutting=cutting)


def _voice(answer: Signed, held: tuple[bool, ...]) -> Voice:
    """Return what goes with an answer."""
    plan = answer.plan
    floor = any(held[rule.index] for rule in plan.floors)
    ended = any(
        held[rule.index] for rule in plan.denies if isinstance(rule.rule.effect, Deny) and rule.rule.effect.final
    )
    return Voice(
        reasons=answer.reasons(),
        preferred=tuple(dict.fromkeys(preferences(answer))),
        allowed=floor or any(held[rule.index] for rule in plan.allows),
        live=not ended and (floor or bool(answer.live())),
    )


def _words(standing: Standing, signs: Signs) -> list[Ints]:
    """Return the signatures of answers: the same where position, agent's rung, desk, hits and cuts are."""
    bits = [*signs.hits, *signs.cuts.values()]
    heads = standing.position.astype(np.int64) + 8 * ((standing.desk + 1) + DESKS * standing.agent)
    words = [heads]
    for start in range(0, len(bits), WORD):
        word = np.zeros(len(heads), np.int64)
        for place, bit in enumerate(bits[start : start + WORD]):
            word |= bit.astype(np.int64) << place
        words.append(word)
    return words


def numbered(words: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return a first row of each combination of words, and every row's combination by number."""
    codes = np.zeros(len(words[0]), np.int64)
    firsts = codes[:1]
    for word in words:
        _, more = np.unique(word, return_inverse=True)
        joint = codes * (more.max(initial=0) + 1) + more
        _, firsts, codes = np.unique(joint, return_index=True, return_inverse=True)
    return firsts, codes
