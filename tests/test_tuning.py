"""Tuning looks for good settings, keeps those within the gates, and rounds what it found to human numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simulations.tuning.rounding import human
from simulations.tuning.searching import Dimension, Score, Setting, Tried, beats, front, search, spread

BOTH = ("maximize", "minimize")
SPACE = (Dimension("a", Decimal(0), Decimal(10)), Dimension("b", Decimal(2), Decimal(8), Decimal("0.5")))


@pytest.mark.parametrize(
    ("found", "low", "high", "chosen"),
    [
        ("6.372", "4", "10", "6.5"),
        ("0.2618", "0.1", "0.5", "0.25"),
        ("117.3", "60", "240", "125"),
        ("9.99", "4", "10", "10"),
        ("-3.02", "-5", "5", "-3"),
        ("4", "4", "4", "4"),
    ],
)
def test_a_number_that_people_would_choose_is_near_and_within_the_range(
    found: str, low: str, high: str, chosen: str
) -> None:
    assert human(Decimal(found), Decimal(low), Decimal(high)) == Decimal(chosen)


def test_a_stated_unit_decides_how_a_number_is_rounded() -> None:
    assert human(Decimal("6.37"), Decimal(4), Decimal(10), Decimal("0.2")) == Decimal("6.4")
    assert human(Decimal("9.99"), Decimal(4), Decimal("9.9"), Decimal("0.5")) == Decimal("9.9")


def hill(setting: Setting) -> Score:
    """Return a hill with its top at a = 3, b = 7, that costs a + b, of which there may be at most 9."""
    a, b = (float(value) for _, value in setting)
    return Score((-((a - 3) ** 2) - (b - 7) ** 2, a + b), (a + b - 9,))


def tried(trials: int, seed: int = 1) -> list[Tried]:
    return list(search(SPACE, BOTH, hill, trials, seed))


def test_the_same_seed_tries_the_same_settings() -> None:
    assert tried(25) == tried(25)
    assert tried(25) != tried(25, seed=2)


def test_a_search_finds_the_hill_within_the_gate() -> None:
    best = max((one for one in tried(80) if one.score.feasible), key=lambda one: one.score.objectives[0])
    assert best.score.objectives[0] > -1.5
    assert best.score.objectives[1] <= 9


def test_settings_stay_on_their_steps_and_each_is_scored_once() -> None:
    seen: list[Setting] = []

    def score(setting: Setting) -> Score:
        seen.append(setting)
        return hill(setting)

    list(search((SPACE[1],), ("maximize",), lambda one: Score(score((("a", Decimal(3)), *one)).objectives[:1]), 40, 1))
    values = [dict(setting)["b"] for setting in seen]
    assert len(values) == len(set(values)) <= 13
    assert all(2 <= value <= 8 and (value * 2) % 1 == 0 for value in values)


def test_no_point_of_the_front_is_beaten_and_every_other_is() -> None:
    points = tried(60)
    best = front(points, BOTH)
    assert best
    assert not [one for one in best for other in best if beats(other.score, one.score, BOTH)]
    others = [one for one in points if one.score.feasible and one not in best]
    assert all(any(beats(winner.score, one.score, BOTH) for winner in best) for one in others)


def test_finalists_are_both_ends_of_the_front_and_what_lies_between() -> None:
    best = front(tried(60), BOTH)
    chosen = spread(best, BOTH, 3)
    gains = [one.score.objectives[0] for one in best]
    assert [one.score.objectives[0] for one in (chosen[0], chosen[-1])] == [max(gains), min(gains)]
    assert len(chosen) <= 3
    assert spread(best[:2], BOTH, 3) == tuple(sorted(best[:2], key=lambda one: -one.score.objectives[0]))
