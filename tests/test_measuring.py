"""What policies come to over many asks, against the same sums over the engine's own decisions."""

from __future__ import annotations

import json
import pickle
import random
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked_rows import Kept, scenario_requests
from random_packs import knocked_out, random_release, write
from random_packs import request as drawn_request

from engine.answer import Answer, answer_of
from engine.backends.reference import evaluate
from engine.case import asked_of, case_of
from engine.decide import decide
from engine.language.diagnostics import Diagnostics
from engine.offer import offers_something
from engine.program.plan import OFFER
from engine.release import Release, load_release
from schemas.decision import Decision
from schemas.request import DecisionRequest
from simulations.deciding.positions import POSITIONS
from simulations.measuring.cases import cases_of
from simulations.measuring.job import Job
from simulations.measuring.measuring import Measurer
from simulations.measuring.runners import Local, OnRay, run
from simulations.measuring.sums import Tally
from simulations.patches.patched import patched
from simulations.patches.read import read_patch
from simulations.populations.asks_lines import lines_of
from simulations.populations.requests import requests
from simulations.specs.read import read_simulation
from simulations.specs.simulation import Simulation

ROOT = Path(__file__).parent.parent
TELECOM = ROOT / "rules" / "telecom"
SIMULATION = """\
simulation: trial
pack: telecom
segment: tables.segment.name
seed: 5
cases: 40
"""
RESPONSE = """\
response:
  accepts: {low: 0.3, base: "verdict == 'approve' ? 0.9 : 0.5", high: 0.95}
  stays: "accepted ? 0.97 : refused ? 0.7 : 0.9"
  contacts_again: {low: 0, base: "alternatives == 0 ? 0.6 : 0.2", high: 0.8}
  worth: {low: 10, base: worth.revenue * 0.1, high: worth.revenue * 0.2}
  contact_cost: 6.50
measures:
  large: {value: accepted && amount > 10}
  given: {value: "accepted ? amount : 0.00"}
"""
ROWS = 10_000


@cache
def baseline() -> Release:
    return load_release(TELECOM)


@cache
def candidate() -> Release:
    found = Diagnostics()
    return patched(TELECOM, read_patch(ROOT / "simulations" / "telecom" / "one-contact-resolution.yaml", found))


@cache
def asked() -> tuple[DecisionRequest, ...]:
    return tuple(scenario_requests(baseline(), TELECOM))


def kept(accepted: tuple[bool | None, ...]) -> Kept:
    """Return every step of the pack's scenarios as a population: three asks a customer."""
    asks = asked()
    return Kept(asks, accepted, tuple(f"c{place // 3}" for place in range(len(asks))))


def simulation(pack: Path, text: str) -> Simulation:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "simulation.yaml"
        file.write_text(text, encoding="utf-8")
        return read_simulation(file, lambda name: pack, Diagnostics())[0]


@cache
def job(text: str = "", accepted: bool | None = None) -> Job:
    """Return the pack and a candidate over the scenarios, with what happened then where that is known."""
    past = kept((accepted,) * len(asked()))
    releases = (baseline(), candidate())
    return Job(simulation(TELECOM, SIMULATION + text), requests(baseline(), past, rows=ROWS), releases)


@cache
def measured(text: str = "", accepted: bool | None = None) -> Tally:
    return run(job(text, accepted), Local(), nothing)


def nothing() -> None:
    """Show no progress."""


def answers(release: Release) -> list[Answer]:
    """Return the engine's answer to each request."""
    found = []
    for number, request in enumerate(asked()):
        case = case_of(release, request, f"r-{number}")
        assert request.ask is not None
        found.append(answer_of(release, case, asked_of(release, case, request.ask)))
    return found


def decisions(release: Release) -> list[Decision]:
    found = [decide(release, request) for request in asked()]
    return [one for one in found if isinstance(one, Decision)]


def position(decision: Decision) -> str:
    if decision.undecided:
        return "undecided"
    return "refer" if decision.desk else decision.verdict


def economics(answer: Answer) -> dict[str, int]:
    """Return what the offer of an answer costs and is worth; 0 for none, and for what is unknown."""
    names = ("company_cost", "customer_value", "company_gain")
    if not offers_something(answer):
        return dict.fromkeys(names, 0)
    values = answer.stage(OFFER)[len(answer.plan.terms) :]
    return {name: value if isinstance(value, int) else 0 for name, value in zip(names, values, strict=False)}


def test_counts_are_those_of_the_engines_own_decisions() -> None:
    tally = measured()
    for place, release in enumerate((baseline(), candidate())):
        decided = decisions(release)
        seen = dict(zip(POSITIONS, tally.policies[place].verdicts.tolist(), strict=True))
        assert seen == {one: Counter(map(position, decided))[one] for one in POSITIONS}
        totals = tally.totals(place)
        declined = [one for one in decided if one.verdict == "decline"]
        assert totals["asks"] == len(decided)
        assert totals["final_declines"] == sum(one.final for one in declined)
        assert totals["refusals_without_alternative"] == sum(not one.alternatives for one in declined)
        expected = Counter(one.desk or one.rung for one in decided if one.verdict == "escalate" and not one.undecided)
        assert tally.policies[place].escalations == expected


def test_money_is_that_of_every_offer_on_the_table() -> None:
    tally = measured()
    for place, release in enumerate((baseline(), candidate())):
        found = [economics(one) for one in answers(release)]
        totals = tally.totals(place)
        for name in ("company_cost", "customer_value", "company_gain"):
            assert totals[name] == sum(one[name] for one in found)
        assert totals["margin"] == totals["company_gain"] - totals["company_cost"]


def test_transitions_and_changes_are_those_between_the_engines_own_decisions() -> None:
    pair = measured().pairs[0]
    both = list(zip(decisions(baseline()), decisions(candidate()), strict=True))
    expected = Counter((position(one), position(other)) for one, other in both)
    seen = {
        (before, after): int(pair.transitions[i, j])
        for i, before in enumerate(POSITIONS)
        for j, after in enumerate(POSITIONS)
        if pair.transitions[i, j]
    }
    assert seen == expected
    kinds = [kind(one, other) for one, other in both]
    totals = list(pair.changed.values())
    assert sum(one.decisions for one in totals) == kinds.count("decision")
    assert sum(one.reasons_only for one in totals) == kinds.count("reasons")
    assert sum(one.alternatives_only for one in totals) == kinds.count("alternatives")
    assert sum(one.alternatives for one in totals) == sum(one.alternatives != other.alternatives for one, other in both)
    assert kinds.count("decision")
    assert kinds.count("alternatives")


def kind(one: Decision, other: Decision) -> str:
    """Return in what two decisions differ first."""
    if (position(one), one.rung, one.desk, one.offer) != (position(other), other.rung, other.desk, other.offer):
        return "decision"
    if one.reasons != other.reasons:
        return "reasons"
    return "alternatives" if one.alternatives != other.alternatives else ""


def test_winners_and_losers_are_customers_whose_offers_are_worth_more_or_less() -> None:
    tally = measured()
    worth = [[economics(one)["customer_value"] for one in answers(release)] for release in (baseline(), candidate())]
    gained: Counter[int] = Counter()
    for place, (before, after) in enumerate(zip(*worth, strict=True)):
        gained[place // 3] += after - before
    assert tally.pairs[0].winners.sum() == sum(value > 0 for value in gained.values())
    assert tally.pairs[0].losers.sum() == sum(value < 0 for value in gained.values())


def test_segments_are_those_that_the_pack_tells() -> None:
    tally, node = measured(), job().simulation.segment
    assert node is not None
    first = range(0, len(asked()), 3)
    cases = [case_of(baseline(), asked()[place], "c") for place in first]
    expected = Counter(str(evaluate(node, case.inputs) or "unknown") for case in cases)
    assert dict(zip(tally.segments, tally.customers.sum(axis=1).tolist(), strict=True)) == expected
    assert tally.segments == tuple(sorted(tally.segments))


def assert_same(one: Tally, other: Tally) -> None:
    assert (one.segments, one.measures, one.guesses) == (other.segments, other.measures, other.guesses)
    assert np.array_equal(one.customers, other.customers)
    for mine, theirs in zip(one.policies, other.policies, strict=True):
        assert np.array_equal(mine.values, theirs.values)
        assert np.array_equal(mine.ends, theirs.ends)
        assert np.array_equal(mine.taking, theirs.taking)
        assert np.array_equal(mine.funnel, theirs.funnel)
        assert mine.escalations == theirs.escalations
        assert (mine.without, mine.unknown_economics) == (theirs.without, theirs.unknown_economics)
    for first, second in zip(one.pairs, other.pairs, strict=True):
        assert np.array_equal(first.transitions, second.transitions)
        assert first.changed == second.changed
        assert [case.id for case in first.cases] == [case.id for case in second.cases]


def test_what_is_taken_is_the_same_draw_under_every_policy() -> None:
    tally = measured(RESPONSE)
    for place in range(2):
        totals = tally.totals(place)
        sums = tally.policies[place]
        offered = int((sums.verdicts[:4]).sum())
        assert 0 < totals["accepted"] < offered
        assert sums.without + int(sums.taking[:101].sum()) == totals["net"]
        assert totals["margin"] == totals["company_gain"] - totals["company_cost"]


def test_what_is_known_to_have_been_taken_is_no_guess() -> None:
    never = measured(RESPONSE, accepted=False)
    assert never.totals(0)["accepted"] == 0
    changed = sum(one.decisions for one in never.pairs[0].changed.values())
    assert 0 < never.totals(1)["accepted"] <= changed
    always = measured(RESPONSE, accepted=True)
    assert always.totals(0)["accepted"] == sum(map(offers_something, answers(baseline())))


def test_changed_cases_open_as_requests_that_both_policies_answer_so() -> None:
    tally = measured()
    cases = cases_of(job(), tally, 1)
    assert len(cases) == len(tally.pairs[0].cases) > 5
    for case, listed in zip(cases, tally.pairs[0].cases, strict=True):
        assert (case.before.position, case.after.position) == (listed.move.before, listed.move.after)
        opened = decide(baseline(), DecisionRequest.model_validate(case.request))
        original = decide(baseline(), asked()[listed.number])
        differing = [name for name in type(opened).model_fields if getattr(opened, name) != getattr(original, name)]
        assert not differing


MADE_UP = """\
simulation: made-up
pack: random
segment: 'n0 > 3 ? "high" : "low"'
seed: 5
cases: 40
"""
GUESSES = {
    "accepts": "{low: 0.3, base: \"verdict == 'approve' ? 0.8 : 0.5\", high: 0.95}",
    "stays": '{low: 0.5, base: "accepted ? 0.97 : refused ? 0.7 : 0.9", high: 1}',
    "contacts_again": '"alternatives == 0 ? 0.6 : accepted ? 0.1 : 0.2"',
    "worth": "{low: 3, base: paid, high: 40}",
    "contact_cost": "6.50",
}


def guesses(**other: str) -> str:
    """Return a response model, some of its guesses replaced."""
    return "response:\n" + "".join(f"  {name}: {guess}\n" for name, guess in {**GUESSES, **other}.items())


@dataclass(frozen=True)
class Trial:
    """Made-up asks under a made-up pack, and under one that lacks a rule."""

    folder: Path
    releases: tuple[Release, Release]
    past: Kept

    def job(self, text: str, rows: int = 40) -> Job:
        one = simulation(self.folder, MADE_UP + text)
        return Job(one, requests(self.releases[0], self.past, rows=rows), self.releases)

    def measured(self, text: str, rows: int = 40) -> Tally:
        return run(self.job(text, rows), Local(), nothing)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    folder = tmp_path_factory.mktemp("packs")
    pack, before = random_release(2, folder / "before")
    pack["rules"] = [rule for rule in pack["rules"] if rule.pop("overrides", None) is None][1:]
    after = load_release(write(pack, folder / "after"))
    draw = random.Random(2)
    asks = tuple(DecisionRequest.model_validate_json(json.dumps(made_up(draw))) for _ in range(150))
    past = Kept(asks, (None,) * len(asks), tuple(f"c{place // 3}" for place in range(len(asks))))
    return Trial(folder / "before", (before, after), past)


def made_up(draw: random.Random) -> dict[str, Any]:
    made = drawn_request(draw)
    made.pop("id")
    return knocked_out(draw, made, 0.1)


def test_one_batch_or_many_come_to_the_same(trial: Trial) -> None:
    assert len(trial.job(guesses()).population) == 4
    assert_same(trial.measured(guesses()), trial.measured(guesses(), rows=10_000))


def test_a_policy_beside_itself_changes_nothing(trial: Trial) -> None:
    one = trial.job(guesses())
    tally = run(replace(one, releases=(one.releases[0], load_release(trial.folder))), Local(), nothing)
    pair = tally.pairs[0]
    assert not pair.changed
    assert not pair.cases
    assert not pair.winners.any()
    assert not pair.losers.any()
    assert pair.transitions.sum() == np.trace(pair.transitions) == len(trial.past)
    assert np.array_equal(tally.policies[0].values, tally.policies[1].values)


def test_ends_of_a_guess_are_what_that_guess_alone_changes(trial: Trial) -> None:
    tally = trial.measured(guesses())
    for name, low, high in (("accepts", "0.3", "0.95"), ("stays", "0.5", "1"), ("worth", "3", "40")):
        for end, text in enumerate((low, high)):
            fixed = trial.measured(guesses(**{name: text}))
            at_end = tally.policies[1].ends[tally.guesses.index(name), end]
            assert dict(zip(tally.measures, at_end.tolist(), strict=True)) == fixed.totals(1)


def test_an_expression_without_ends_is_both_of_its_ends(trial: Trial) -> None:
    tally = trial.measured(guesses())
    ends = tally.policies[0].ends[tally.guesses.index("contact_cost")]
    assert ends.tolist() == [list(tally.totals(0).values())] * 2


def test_a_lower_take_up_is_what_a_lower_probability_gives(trial: Trial) -> None:
    sums = trial.measured(guesses(accepts="0.8")).policies[0]
    for share in (0, 25, 60, 100, 120):
        fewer = trial.measured(guesses(accepts=str(0.8 * share / 100)))
        assert sums.without + int(sums.taking[: share + 1].sum()) == fewer.totals(0)["net"]


def test_a_job_measures_the_same_after_it_was_sent(trial: Trial) -> None:
    one = trial.job(guesses())
    assert_same(Measurer(pickle.loads(pickle.dumps(one))).tally(0), Measurer(one).tally(0))


@pytest.mark.parametrize("workers", [2, 4])
def test_several_processes_come_to_the_same_as_one(workers: int, trial: Trial) -> None:
    assert_runs(Local(workers), trial)


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning", "ignore:.*:ResourceWarning")
def test_a_ray_cluster_comes_to_the_same_as_one_process(trial: Trial) -> None:
    assert_runs(OnRay("local", 2), trial)


def assert_runs(runner: Local | OnRay, trial: Trial) -> None:
    """Assert that a runner comes to what this process does, and tells of every batch."""
    file = trial.folder / "asks.jsonl"
    file.write_text("".join(f"{one.model_dump_json(exclude_none=True)}\n" for one in trial.past.requests), "utf-8")
    job = replace(trial.job(guesses()), population=requests(trial.releases[0], lines_of(file), rows=40))
    steps: list[None] = []
    assert_same(run(job, runner, lambda: steps.append(None)), run(job, Local(), nothing))
    assert len(steps) == len(job.population) == 4
