"""What sums say: intervals that cover, screens that keep their rate, shares that add up, and reports made of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from packs import write_pack
from scipy import stats

from engine.language.diagnostics import Diagnostics
from schemas.study import ChangedCase, Seen
from simulations.comparing.bootstrap import Floats, Ints, bca, resampled, scaled, weighted
from simulations.comparing.compare import Counted, Details, Identity, comparison, run_of
from simulations.comparing.contrast import contrasts, differences
from simulations.comparing.quantities import Currency
from simulations.comparing.screens import p_values, standing_out
from simulations.comparing.shapley import Edits, apportioned, shapley
from simulations.deciding.positions import POSITIONS
from simulations.measuring.sums import STEPS, Differences, Pair, Sums, Tally
from simulations.specs.measures import measures
from simulations.specs.read import read_simulation

RESAMPLES = 1000


def values(*columns: Ints) -> Ints:
    """Return columns with the customers of each block, one a block, as the last."""
    return np.array([*columns, np.ones_like(columns[0])])


def interval(made: Ints, resamples: int = RESAMPLES, seed: int = 1) -> Floats:
    """Return the 95 % interval of totals."""
    again = resampled(made, resamples, seed)
    return bca(again.estimate(range(len(made)), scaled(int(made[-1].sum()))), 0.95)


def skewed(chance: np.random.Generator, size: int) -> Ints:
    """Return differences as a change of policy makes them: most customers are not touched, a few by much."""
    touched = chance.random(size) < 0.3
    return np.where(touched, chance.lognormal(6, 1, size), 0).astype(np.int64)


SKEWED_MEAN = 0.3 * float(np.exp(6.5))


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    size, covered = 400, 0
    for seed in range(200):
        low, high = interval(values(skewed(np.random.default_rng(seed), size)), seed=seed)
        covered += bool(low[0] <= SKEWED_MEAN * size <= high[0])
    assert 180 <= covered <= 196


def test_an_interval_of_blocks_covers_the_truth_about_as_often_as_it_says() -> None:
    size, blocks, covered = 4000, 256, 0
    for seed in range(200):
        chance = np.random.default_rng(seed)
        place = chance.integers(0, blocks, size)
        made = [np.bincount(place, one, blocks).astype(np.int64) for one in (skewed(chance, size), np.ones(size))]
        low, high = interval(np.array(made), seed=seed)
        covered += bool(low[0] <= SKEWED_MEAN * size <= high[0])
    assert 180 <= covered <= 196


def test_the_width_of_an_interval_is_that_of_the_normal_distribution_where_sums_are() -> None:
    size = 10_000
    drawn = np.random.default_rng(1).normal(50, 1000, size).astype(np.int64)
    low, high = interval(values(drawn), 4000)
    assert (high[0] - low[0]) / (2 * 1.96 * sqrt(size) * drawn.std()) == pytest.approx(1, abs=0.04)
    assert (high[0] + low[0]) / 2 == pytest.approx(drawn.sum(), abs=0.1 * sqrt(size) * drawn.std())


def test_an_interval_is_the_one_that_scipy_finds() -> None:
    drawn = skewed(np.random.default_rng(5), 60).astype(np.float64)
    low, high = interval(values(drawn.astype(np.int64)), 20_000)
    theirs = stats.bootstrap((drawn,), np.sum, n_resamples=20_000, method="BCa", rng=np.random.default_rng(1))
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert low[0] == pytest.approx(theirs.confidence_interval.low, abs=0.04 * width)
    assert high[0] == pytest.approx(theirs.confidence_interval.high, abs=0.04 * width)


def test_a_difference_that_nobody_sees_is_exactly_nothing() -> None:
    nothing = np.zeros(5000, np.int64)
    assert interval(values(nothing, skewed(np.random.default_rng(1), 5000)))[:, 0].tolist() == [0, 0]


def test_a_difference_that_all_share_is_sure() -> None:
    assert interval(values(np.full(300, 7))).tolist() == [[2100], [2100]]


def test_a_share_of_asks_has_an_interval_of_its_own() -> None:
    chance = np.random.default_rng(2)
    asks = chance.poisson(1.3, 3000)
    approved = chance.binomial(asks, 0.4)
    again = resampled(np.array([approved, asks]), RESAMPLES, 1)
    low, high = bca(again.estimate([0, 1], scaled(1)), 0.95)
    spread = sqrt(0.4 * 0.6 / asks.sum())
    assert low[0] < approved.sum() / asks.sum() < high[0]
    assert high[0] - low[0] == pytest.approx(2 * 1.96 * spread, rel=0.1)


def test_the_same_seed_draws_the_same_and_another_one_does_not() -> None:
    made = values(skewed(np.random.default_rng(3), 200))
    assert interval(made, seed=4).tolist() == interval(made, seed=4).tolist()
    assert interval(made, seed=4).tolist() != interval(made, seed=5).tolist()


def test_resamples_in_slices_are_those_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made = values(skewed(np.random.default_rng(3), 50))
    whole = resampled(made, RESAMPLES, 1).drawn
    monkeypatch.setattr("simulations.comparing.bootstrap.SLICE", 70 * 50)
    assert np.array_equal(resampled(made, RESAMPLES, 1).drawn, whole)


def test_sums_too_large_for_doubles_are_added_in_two_parts() -> None:
    chance = np.random.default_rng(1)
    weights = chance.integers(0, 6, (5, 300)).astype(np.float64)
    made = chance.integers(-(2**54), 2**54, (3, 300))
    exact = [[sum(int(w) * int(v) for w, v in zip(row, line, strict=True)) for line in made] for row in weights]
    assert weighted(weights, made).tolist() == [[pytest.approx(one, rel=1e-15) for one in row] for row in exact]


def test_chance_alone_explains_nothing_and_what_it_cannot_explain_is_unlikely() -> None:
    nothing, clear = np.zeros(RESAMPLES), np.full(RESAMPLES, 3.0)
    even = np.concatenate([np.full(RESAMPLES // 2, -1.0), np.full(RESAMPLES // 2, 1.0)])
    assert p_values(np.array([nothing, clear, even]).T).tolist() == [1.0, 2 / (RESAMPLES + 1), 1.0]


def test_where_there_is_no_difference_few_are_found() -> None:
    chance = np.random.default_rng(11)
    made = np.array([chance.normal(0, 500, 800).astype(np.int64) for _ in range(200)])
    drawn = resampled(made, RESAMPLES, 1).drawn
    assert 2 <= (p_values(drawn) <= 0.05).sum() <= 20


def test_of_many_findings_those_stand_that_benjamini_and_hochberg_let_stand() -> None:
    seen = [0.205, 0.001, 0.042, 0.008, 0.060, 0.039, 0.074, 0.041]
    assert standing_out(seen, 0.05) == tuple(one in (0.001, 0.008) for one in seen)
    assert standing_out([0.02, 0.03, 0.05], 0.05) == (True, True, True)
    assert standing_out([0.04, 0.3], 0.05) == (False, False)


def test_a_segment_without_enough_data_is_not_looked_at() -> None:
    assert standing_out([None, 0.04, None], 0.05) == (False, True, False)
    assert standing_out([None], 0.05) == (False,)
    assert standing_out([], 0.05) == ()


def additive(edits: Edits) -> Ints:
    """Return what edits come to that have nothing to do with each other, in two measures."""
    return np.array([sum(10**edit for edit in edits), len(edits)])


def together(edits: Edits) -> Ints:
    """Return what edits come to of which 0 and 1 pay only together, and 2 spoils half of it."""
    return np.array([0 if not {0, 1} <= edits else 30 if 2 in edits else 60])


def anything(edits: Edits) -> bool:
    """Say that every set of edits can be loaded."""
    return True


def test_edits_that_have_nothing_to_do_with_each_other_each_have_their_own_share() -> None:
    division = shapley(8, additive, anything, 1)
    assert division is not None
    assert division.exact
    assert division.shares == tuple((Fraction(10**edit), Fraction(1)) for edit in range(8))


def test_edits_that_pay_only_together_share_alike() -> None:
    division = shapley(3, together, anything, 1)
    assert division is not None
    assert [share for (share,) in division.shares] == [20, 20, -10]


def test_shares_are_the_mean_over_all_orders_and_come_to_the_whole() -> None:
    worth = dict(zip(_subsets(4), np.random.default_rng(1).integers(-999, 999, (16, 2)), strict=True))
    division = shapley(4, worth.__getitem__, anything, 1)
    assert division is not None
    for edit in range(4):
        gains = []
        for order in permutations(range(4)):
            before = Edits(order[: order.index(edit)])
            gains.append(worth[before | {edit}] - worth[before])
        assert division.shares[edit] == tuple(Fraction(int(one), 24) for one in np.sum(gains, axis=0))
    whole = worth[Edits(range(4))] - worth[Edits()]
    assert [sum(column) for column in zip(*division.shares, strict=True)] == whole.tolist()


def _subsets(edits: int) -> list[Edits]:
    return [Edits(edit for edit in range(edits) if number >> edit & 1) for number in range(2**edits)]


def test_the_names_of_edits_do_not_matter() -> None:
    division = shapley(3, together, anything, 1)
    turned = shapley(3, lambda edits: together(Edits(2 - edit for edit in edits)), anything, 1)
    assert division is not None
    assert turned is not None
    assert turned.shares == division.shares[::-1]


def test_only_orders_count_in_which_every_step_is_a_pack() -> None:
    division = shapley(3, together, lambda edits: 1 not in edits or 0 in edits, 1)
    assert division is not None
    assert [share for (share,) in division.shares] == [0, Fraction(60 + 30 + 30, 3), Fraction(-30, 3)]


def test_a_set_that_cannot_be_loaded_is_never_tried() -> None:
    tried: set[Edits] = set()

    def worth(edits: Edits) -> Ints:
        tried.add(edits)
        return together(edits)

    shapley(3, worth, lambda edits: 1 not in edits or 0 in edits, 1)
    assert tried == {Edits(), Edits({0}), Edits({2}), Edits({0, 1}), Edits({0, 2}), Edits({0, 1, 2})}


def test_edits_that_need_each_other_cannot_be_told_apart() -> None:
    assert shapley(2, together, lambda edits: len(edits) != 1, 1) is None
    assert shapley(9, additive, lambda edits: len(edits) != 1, 1) is None


def test_many_edits_are_tried_in_sampled_orders_that_still_come_to_the_whole() -> None:
    def worth(edits: Edits) -> Ints:
        return np.array([sum(edits) ** 2, 7 * len(edits)])

    division = shapley(10, worth, lambda edits: 3 not in edits or 2 in edits, 1)
    assert division is not None
    assert not division.exact
    assert [sum(column) for column in zip(*division.shares, strict=True)] == [45**2, 70]
    assert [one[1] for one in division.shares] == [7] * 10
    assert division == shapley(10, worth, lambda edits: 3 not in edits or 2 in edits, 1)


def test_parts_are_rounded_so_that_they_still_come_to_the_whole() -> None:
    assert apportioned([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)]) == [1, 0, 0]
    assert apportioned([Fraction(-5, 2), Fraction(7, 3), Fraction(7, 6)]) == [-2, 2, 1]
    assert apportioned([Fraction(4), Fraction(-6)]) == [4, -6]


PACK = "actions: {refund: {amount: money}}\nrules: [{id: a, action: refund, allow: {up_to: 5}}]\n"
SPEC = """\
simulation: s
pack: tiny
segment: order.level
response:
  accepts: {title: Most do., low: 0.5, base: 0.7, high: 0.9}
gates:
  - fail: refusals_without_alternative > +0%
  - warn: company_cost in gold > +5%
"""
SEGMENTS = ("gold", "silver", "unknown")
CUSTOMERS = (200, 100, 10)


def counted(folder: Path, *policies: Sums, pair: Pair | None = None) -> Counted:
    """Return what was counted of three segments of customers, each a block of its own with one ask."""
    pack = write_pack(folder / "tiny", PACK)
    (folder / "simulation.yaml").write_text(SPEC, encoding="utf-8")
    simulation, _ = read_simulation(folder / "simulation.yaml", lambda _: pack, Diagnostics())
    names = tuple(one.name for one in measures(simulation))
    tally = Tally(names, SEGMENTS, ("accepts",), "net", members(), policies, (pair or nobody(),), 0)
    return Counted(simulation, tally, Currency("GBP", 2))


def members() -> Ints:
    """Return which customer is in which segment, (segments, blocks)."""
    place = np.repeat(np.arange(3), CUSTOMERS)
    made: Ints = (np.arange(3)[:, None] == place).astype(np.int64)
    return made


def policy(cost: int = 0, declined: float = 0.0, seed: int = 1) -> Sums:
    """Return the sums of a policy that spends so much on gold members and declines a share of all without more."""
    many = len(measure_names())
    made = np.zeros((many, 3, sum(CUSTOMERS)), np.int64)
    made[measure_names().index("asks")] = members()
    for name in ("declined", "refusals_without_alternative"):
        made[measure_names().index(name)] = members() * (np.random.default_rng(seed).random(310) < declined)
    for name in ("company_cost", "customer_value"):
        made[measure_names().index(name)] = members() * np.array([cost, 0, 0])[:, None]
    totals = made.sum(axis=(1, 2))
    return Sums(
        values=made,
        verdicts=np.array([310, 0, 0, 0, 0, 0, 0]),
        funnel=np.array([310, 300, 290, 280, 270]),
        escalations={"agent": 3},
        ends=np.stack([totals - 10, totals + 10])[None],
        taking=np.full(STEPS + 1, cost, np.int64),
        without=-60 * cost,
        unknown_economics=3,
    )


def measure_names() -> list[str]:
    """Return the measures of the simulation, in order."""
    return [
        *("asks", "approved", "countered", "escalated", "referred", "asked_back", "undecided", "declined"),
        *("final_declines", "refusals_without_alternative", "company_cost", "customer_value", "company_gain"),
        *("margin", "accepted", "net"),
    ]


def nobody() -> Pair:
    """Return that nothing changed."""
    none = np.zeros(3, np.int64)
    return Pair(np.diag([310, 0, 0, 0, 0, 0, 0]), none, none, {}, ())


BASELINE = Identity("baseline", "As it is", "sha256:0")
CANDIDATE = Identity("more", "More", "sha256:1", ("raise the gesture", "drop the check"))


def test_a_policy_against_itself_changes_exactly_nothing(tmp_path: Path) -> None:
    one = comparison(counted(tmp_path, policy(5, 0.3), policy(5, 0.3)), 1, CANDIDATE, Details())
    everywhere = [*one.changes, *(change for segment in one.segments for change in segment.changes)]
    assert {(float(change.difference or 0)) for change in everywhere} == {0.0}
    assert {(float(i.low or 0), float(i.high or 0)) for change in everywhere if (i := change.interval)} == {(0.0, 0.0)}
    assert [segment.p_value for segment in one.segments] == [1.0, 1.0, None]
    assert (one.advice, [gate.unsure for gate in one.gates]) == ("ship", [False, False])
    assert [(move.before, move.after, move.asks) for move in one.transitions] == [("approve", "approve", 310)]
    assert one.attribution == ()


def test_a_change_that_refuses_more_does_not_ship(tmp_path: Path) -> None:
    one = comparison(counted(tmp_path, policy(), policy(declined=0.2)), 1, CANDIDATE, Details())
    assert one.advice == "do not ship"
    assert [(gate.crossed, gate.unsure) for gate in one.gates] == [(True, False), (False, False)]


def test_money_is_decimal_text_and_counts_are_whole_numbers(tmp_path: Path) -> None:
    one = comparison(counted(tmp_path, policy(100), policy(150)), 1, CANDIDATE, Details())
    cost = next(change for change in one.changes if change.measure == "company_cost")
    asks = next(change for change in one.changes if change.measure == "asks")
    assert (cost.baseline, cost.candidate, cost.difference, cost.share) == ("200.00", "300.00", "100.00", 0.5)
    assert (asks.baseline, asks.candidate, asks.difference, asks.share) == (310, 310, 0, 0.0)
    assert one.advice == "review"


def test_a_segment_with_too_few_customers_says_nothing_but_how_many_they_are(tmp_path: Path) -> None:
    both = counted(tmp_path, policy(100), policy(150))
    gold, silver, unknown = comparison(both, 1, CANDIDATE, Details()).segments
    assert (gold.enough, gold.stands_out, silver.stands_out) == (True, True, False)
    assert (unknown.enough, unknown.changes, unknown.p_value, unknown.customers) == (False, (), None, 10)
    assert [one.figures == () for one in run_of(both, 1, CANDIDATE).segments] == [False, False, True]


def test_a_segment_s_interval_is_of_its_own_customers(tmp_path: Path) -> None:
    gold, *_ = comparison(counted(tmp_path, policy(100), policy(150)), 1, CANDIDATE, Details()).segments
    cost = next(change for change in gold.changes if change.measure == "company_cost")
    assert cost.interval is not None
    assert (cost.interval.low, cost.interval.high) == ("100.00", "100.00")


def test_winners_losers_and_moves_are_those_that_were_counted(tmp_path: Path) -> None:
    moves = np.zeros((7, 7), np.int64)
    moves[0, 6], moves[6, 1] = 3, 2
    changed = {"refund": Differences(5, 4, 3, 6), "call": Differences(1, 0, 0, 0)}
    pair = Pair(moves, np.array([4, 0, 0]), np.array([0, 2, 1]), changed, ())
    case = ChangedCase(
        id="1", customer="c", segment="gold", action="refund", kind="decision",
        before=Seen(position="approve"), after=Seen(position="decline"),
    )  # fmt: skip
    one = comparison(counted(tmp_path, policy(), policy(), pair=pair), 1, CANDIDATE, Details((case,)))
    assert [(move.before, move.after, move.asks) for move in one.transitions] == [
        ("approve", POSITIONS[6], 3),
        (POSITIONS[6], "counter", 2),
    ]
    assert [(segment.winners, segment.losers) for segment in one.segments] == [(4, 0), (0, 2), (0, 1)]
    assert (one.changed.decisions, one.changed.reasons_only) == (6, 4)
    assert (one.changed.alternatives_only, one.changed.alternatives) == (3, 6)
    assert one.changed.by_action["refund"] == {"decision": 5, "reasons": 4, "alternatives": 3}
    assert one.changed.cases == (case,)


def test_the_difference_divides_over_edits_in_amounts_that_add_up(tmp_path: Path) -> None:
    both = counted(tmp_path, policy(1), policy(2))
    totals = {some: both.tally.totals(some) for some in (0, 1)}

    def worth(edits: Edits) -> Ints:
        return np.array(list(totals[int(len(edits) == 2)].values()))

    division = shapley(2, worth, anything, 1)
    one = comparison(both, 1, CANDIDATE, Details(division=division))
    cost = next(each for each in one.attribution if each.measure == "company_cost")
    assert [(share.edit, share.contribution) for share in cost.shares] == [
        ("raise the gesture", "1.00"),
        ("drop the check", "1.00"),
    ]
    assert {each.measure for each in one.attribution} == {"company_cost", "customer_value"}


def test_each_assumption_says_what_its_ends_would_make_of_the_difference(tmp_path: Path) -> None:
    (one,) = comparison(counted(tmp_path, policy(), policy()), 1, CANDIDATE, Details()).assumptions
    assert (one.name, one.title, one.low, one.base, one.high) == ("accepts", "Most do.", "0.5", "0.7", "0.9")
    assert (one.at_low, one.at_high) == ("0.00", "0.00")


def test_a_change_that_pays_says_how_far_take_up_may_fall(tmp_path: Path) -> None:
    one = comparison(counted(tmp_path, policy(), policy(100)), 1, CANDIDATE, Details()).break_even
    assert one is not None
    assert (one.measure, one.pays) == ("net", True)
    assert one.factor == pytest.approx(0.59)
    assert (one.points[0], one.points[20], one.points[-1]) == ((0.0, "-59.00"), (1.0, "41.00"), (2.0, "141.00"))


def test_a_change_that_does_not_pay_says_how_far_take_up_must_rise(tmp_path: Path) -> None:
    dear = replace(policy(100), without=-15050)
    one = comparison(counted(tmp_path, policy(), dear), 1, CANDIDATE, Details()).break_even
    assert one is not None
    assert not one.pays
    assert one.factor == pytest.approx(1.495)


@pytest.mark.parametrize(("without", "pays"), [(10**6, True), (-(10**6), False)])
def test_a_change_that_always_or_never_pays_breaks_even_nowhere(without: int, pays: bool, tmp_path: Path) -> None:
    one = comparison(counted(tmp_path, policy(), replace(policy(100), without=without)), 1, CANDIDATE, Details())
    assert one.break_even is not None
    assert (one.break_even.pays, one.break_even.factor) == (pays, None)


def test_a_run_says_what_a_policy_comes_to_in_total_and_for_the_average_customer(tmp_path: Path) -> None:
    run = run_of(counted(tmp_path, policy(150), policy()), 0, BASELINE)
    cost = next(figure for figure in run.figures if figure.measure == "company_cost")
    assert cost.value == "300.00"
    assert cost.per_customer == pytest.approx(300 / 310)
    assert run.verdicts["approve"] == 310
    assert [(stage.stage, stage.asks) for stage in run.funnel][:2] == [("asked", 310), ("allowed", 300)]
    gold = run.segments[0]
    assert (gold.segment, gold.customers, gold.asks) == ("gold", 200, 200)
    assert run.unknown_economics == 3
    assert next(one.per_customer for one in gold.figures if one.measure == "company_cost") == pytest.approx(1.5)


def test_without_resampling_the_differences_are_the_same(tmp_path: Path) -> None:
    both = counted(tmp_path, policy(100), policy(150, 0.1))
    sure = contrasts(both.simulation, both.tally, 1)
    plain = differences(both.simulation, both.tally, 1)
    assert plain.keys() == sure.keys()
    assert [one.difference for one in plain["gold"]] == [one.difference for one in sure["gold"]]
    assert {one.interval for one in plain["gold"]} == {None}


def test_too_few_customers_in_all_say_nothing_about_chance(tmp_path: Path) -> None:
    both = counted(tmp_path, policy(), policy(100))
    strict = replace(both, simulation=replace(both.simulation, floor=1000))
    one = comparison(strict, 1, CANDIDATE, Details())
    assert {change.interval for change in one.changes} == {None}
    assert [gate.unsure for gate in one.gates] == [True, True]
    assert one.advice == "review"


def test_customers_who_are_not_told_apart_are_compared_as_a_whole(tmp_path: Path) -> None:
    both = counted(tmp_path, policy(100), policy(150))
    policies = tuple(replace(one, values=one.values.sum(axis=1, keepdims=True)) for one in both.tally.policies)
    none = np.zeros(1, np.int64)
    tally = replace(
        both.tally,
        segments=(),
        customers=both.tally.customers.sum(axis=0, keepdims=True),
        policies=policies,
        pairs=(replace(nobody(), winners=none, losers=none),),
    )
    one = comparison(replace(both, tally=tally), 1, CANDIDATE, Details())
    assert one.segments == ()
    assert next(each.difference for each in one.changes if each.measure == "company_cost") == "100.00"
    assert run_of(replace(both, tally=tally), 0, BASELINE).segments == ()
