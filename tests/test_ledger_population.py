"""The ledger's own decisions as a population: decided again as one by one, the same from every process, none erased."""

from __future__ import annotations

import json
import pickle
import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from ledgers import Place, in_sqlite, place  # noqa: F401 - fixtures
from serving_desk import FACTS, NOON, asked, contact, opened, pack, taken
from starter import leeway

from api.ledger.erasing import Erasure, erase
from api.ledger.reading import Query
from api.ledger.vault import open_vault
from api.serving.deciding import decided
from api.serving.desk import Desk
from api.serving.outcomes import settled
from api.serving.population import Replayable, replayable
from api.serving.problems import NoLongerGranted
from engine.decide import decide
from engine.language.diagnostics import Diagnostics
from engine.memory.problems import OutcomeProblem
from engine.release import Release, load_release
from schemas.decision import Decision
from schemas.events import DecisionEvent
from schemas.request import Agent, DecisionRequest
from schemas.study import Study
from simulations.deciding.deciding import Decider
from simulations.deciding.positions import POSITIONS
from simulations.measuring.job import Job
from simulations.measuring.runners import Local, run
from simulations.measuring.sums import Tally
from simulations.policies import Policies
from simulations.populations.population import Population
from simulations.populations.problem import PopulationError
from simulations.specs.read import read_simulation
from simulations.study import Order, study_of

WITH_VIP = FACTS + "      vip: {type: boolean}\n"
SIMULATION = """\
simulation: last-year
pack: tiny
resamples: 1000
response: {accepts: 0}
candidates:
  - {name: stricter, patch: stricter.yaml}
  - {name: same, patch: same.yaml}
  - {name: for-vips, patch: vips.yaml}
"""
PATCHES = {
    "stricter": "[{replace: rules.give.allow.up_to, with: 15}, {replace: authority.agent.credit, with: 12}]",
    "same": "[{replace: rules.give.title, with: A credit}]",
    "vips": "[{replace: rules.give.when, with: customer.vip}]",
}


@pytest.fixture
def home(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:  # noqa: F811 - the fixture
    """Give a test a place for its ledger, in SQLite and in PostgreSQL, a pack beside it, and a simulation of that."""
    return furnished(place, monkeypatch)


@pytest.fixture
def small(in_sqlite: Place, monkeypatch: pytest.MonkeyPatch) -> Place:  # noqa: F811 - the fixture
    """Give a test all that, its ledger in SQLite."""
    return furnished(in_sqlite, monkeypatch)


def furnished(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:  # noqa: F811 - not the fixture
    folder = place.folder
    pack(folder / "tiny")
    (folder / "tiny" / "facts.yaml").write_text(WITH_VIP, encoding="utf-8")
    (folder / "try.yaml").write_text(SIMULATION, encoding="utf-8")
    for name, edits in PATCHES.items():
        (folder / f"{name}.yaml").write_text(f"patch: {name}\npack: tiny\nedits: {edits}\n", encoding="utf-8")
    monkeypatch.setenv("LEEWAY_KEYS", f"sqlite:///{folder}/keys.db")
    return place


def work(desk: Desk, count: int, seed: int = 1) -> None:
    """Have a desk decide random requests of a few customers, some of whom take what they are offered."""
    draw = random.Random(seed)
    for number in range(4):
        desk.ledger.append([contact(number, customer="C-1")])
    for number in range(count):
        at = NOON + timedelta(hours=number)
        decided(desk, drawn(draw, f"d{number}", at=at))
        if draw.random() < 0.6:
            outcome = draw.choice(["accepted", "declined", "postponed"])
            with suppress(NoLongerGranted, OutcomeProblem):
                settled(desk, f"d{number}", taken(f"o{number}", outcome, at))


def drawn(draw: random.Random, id_: str, **more: Any) -> DecisionRequest:
    agent = Agent(role=draw.choice(["ai", "agent", "boss"]), id="kim", team="blue")
    customer, amount = f"C-{draw.randint(1, 6)}", str(draw.randint(1, 60))
    ask = draw.choice([{"action": "credit"}, {"action": "credit", "amount": amount}, {"action": "call"}])
    made = asked(id_, customer=customer, good=draw.random() < 0.8, agent=agent, ask=ask, **more)
    return made if draw.random() < 0.8 else asked(id_, customer=customer, agent=agent, ask={"action": "call"}, **more)


def kept(desk: Desk) -> dict[str, DecisionEvent]:
    found = (one.event for one in desk.ledger.events(Query(kinds=("decision",))))
    return {one.id: one for one in found if isinstance(one, DecisionEvent)}


def alone(event: DecisionEvent) -> DecisionRequest:
    """Return the request of a decision with its last ask alone."""
    case = dict(event.case)
    asks = case.pop("asks", None)
    last = {"ask": asks[-1]} if isinstance(asks, list) else {}
    return DecisionRequest.model_validate({**case, **last, "id": event.id})


def position(release: Release, request: DecisionRequest) -> str:
    found = decide(release, request)
    assert isinstance(found, Decision)
    assert found.desk is None
    return "undecided" if found.undecided else found.verdict


def positions(release: Release, population: Population) -> dict[str, str]:
    """Return the answer to every ask of a population, decided in columns."""
    decider = Decider(release, population.fixed)
    found: dict[str, str] = {}
    for batch in map(population.batch, range(len(population))):
        for asks in batch.asks:
            codes = decider.decide(asks).position
            found |= {id_: POSITIONS[code] for id_, code in zip(asks.ids, codes, strict=True)}
    return found


def answers(population: Population) -> dict[str, bool | None]:
    """Return what is known of each ask's offer."""
    found: dict[str, bool | None] = {}
    for batch in map(population.batch, range(len(population))):
        for asks in batch.asks:
            known = [None] * len(asks.ids) if asks.accepted is None else asks.accepted.to_list()
            found |= dict(zip(asks.ids, known, strict=True))
    return found


def replayed(home: Place, rows: int = 100) -> Replayable:
    return replayable(load_release(home.folder / "tiny"), home.url, rows)


def policies(home: Place) -> tuple[Policies, list[Release]]:
    simulation, release = read_simulation(home.folder / "try.yaml", lambda _: home.folder / "tiny", Diagnostics())
    found = Policies(simulation, release)
    return found, [found.baseline, *(found.release(one) for one in simulation.candidates)]


def command(home: Place, *args: str, name: str = "compare") -> Result:
    return leeway(
        "--packs", home.folder, name, home.folder / "try.yaml", "--population", "ledger", "--ledger", home.url, *args
    )


def test_decisions_are_decided_again_as_one_by_one(home: Place) -> None:
    with opened(home, home.folder / "tiny") as desk:
        work(desk, 30)
        events = kept(desk)
    found = replayed(home, rows=7)
    population = found.population
    assert len(population) > 2
    assert population.origin == "ledger"
    asked_then = {id_: event for id_, event in events.items() if event.honours is None}
    left = len(events) - len(asked_then)
    assert (found.left_out.honouring, found.left_out.erased, found.left_out.unreadable) == (left, 0, 0)
    releases = policies(home)[1]
    baseline, stricter = (positions(release, population) for release in releases[:2])
    assert stricter == {id_: position(releases[1], alone(event)) for id_, event in asked_then.items()}
    given = {id_: "undecided" if one.undecided else one.verdict for id_, one in asked_then.items()}
    assert baseline == given
    assert len(set(baseline.values())) >= 4
    assert stricter != baseline
    whose = {population.index.ids[one] for one in population.index.whose}
    assert whose == {one.customer for one in asked_then.values()}


def test_the_command_counts_them_and_a_policy_held_against_itself_differs_in_nothing(small: Place) -> None:
    with opened(small, small.folder / "tiny") as desk:
        work(desk, 20)
        events = [one for one in kept(desk).values() if one.honours is None]
    done = command(small, "--workers", "1", "--no-attribution", "--json")
    assert done.exit_code == 0, done.stderr
    study = json.loads(done.stdout)
    assert study["reproduction"]["population"] == "ledger"
    releases = policies(small)[1]
    for made, release in zip(study["runs"], releases, strict=True):
        counts = Counter(position(release, alone(one)) for one in events)
        assert {name: count for name, count in made["verdicts"].items() if count} == counts
    stricter, same, _ = study["comparisons"]
    assert stricter["changed"]["decisions"] > 0
    assert {float(one["difference"]) for one in same["changes"]} == {0}
    assert same["changed"]["decisions"] == same["changed"]["reasons_only"] == same["changed"]["alternatives"] == 0
    evidence = {one["name"]: one["evidence"] for one in study["measures"]}
    assert (evidence["asks"], evidence["approved"]) == ("replayed", "accounted")


def test_what_became_of_an_offer_is_known_also_through_the_one_that_kept_it(small: Place) -> None:
    at = NOON + timedelta(days=1)
    with opened(small, small.folder / "tiny") as desk:
        for number, outcome in enumerate(["accepted", "declined", "postponed", None, "overridden"]):
            decided(desk, asked(f"d{number}", "5", customer=f"C-{number}"))
            if outcome is not None:
                amount = "7" if outcome == "overridden" else None
                settled(desk, f"d{number}", taken(f"o{number}", outcome, amount=amount))
        settled(desk, "d1", taken("o1-later", "accepted", at))
        decided(desk, asked("d5", "5", customer="C-5"))
        settled(desk, "d5", taken("o5", "postponed", stands_until=(NOON + timedelta(days=7)).date()))
        decided(desk, asked("d6", "5", at, good=False, customer="C-5"))
        assert kept(desk)["d6"].honours == "d5"
        settled(desk, "d6", taken("o6", "accepted", at))
    found = replayed(small)
    assert found.left_out.honouring == 1
    assert answers(found.population) == {"d0": True, "d1": True, "d2": None, "d3": None, "d4": None, "d5": True}
    study = json.loads(command(small, "--workers", "1", "--json", name="simulate").stdout)
    (accepted,) = [one["value"] for one in study["runs"][0]["figures"] if one["measure"] == "accepted"]
    assert accepted == 3, "nobody takes an offer here but by the record"


def test_several_asks_of_one_request_count_once_each(small: Place) -> None:
    asks = ({"action": "credit", "amount": "5"}, {"action": "call"}, {"action": "credit", "amount": "6"})
    request = asked("d", ask=None).model_dump() | {"ask": None, "asks": asks}
    with opened(small, small.folder / "tiny") as desk:
        decided(desk, DecisionRequest.model_validate(request))
        events = kept(desk)
    found = replayed(small).population
    release = policies(small)[1][0]
    assert positions(release, found) == {id_: position(release, alone(one)) for id_, one in events.items()}
    assert list(events) == ["d.1", "d.2", "d.3"]


def test_processes_that_open_the_ledger_anew_find_the_same(small: Place) -> None:
    with opened(small, small.folder / "tiny") as desk:
        work(desk, 16)
    found, _ = policies(small)
    population = replayed(small, rows=7).population
    assert len(population) > 2

    def measured(job: Job, workers: int) -> Tally:
        return run(job, Local(workers), lambda: None)

    def study(workers: int) -> Study:
        job = partial(measured, workers=workers)
        return study_of(Order(found, population, found.simulation.candidates[:1], job, "test", attribution=False))

    assert study(1).model_dump_json() == study(2).model_dump_json()
    sent = pickle.dumps(population)
    assert master(small.folder) not in sent
    assert answers(pickle.loads(sent)) == answers(population)


def master(folder: Path) -> bytes:
    (file,) = folder.glob("*.master")
    return file.read_bytes().strip()


def test_whoever_was_erased_is_left_out_and_that_is_said(small: Place) -> None:
    with opened(small, small.folder / "tiny") as desk:
        work(desk, 20)
        before = replayed(small)
        gone = {id_ for id_, one in kept(desk).items() if one.customer == "C-2" and one.honours is None}
        with open_vault(f"sqlite:///{small.folder}/keys.db", {}) as vault:
            erase(desk.ledger, vault, Erasure("C-2", "asked for it", NOON))
    with pytest.raises(PopulationError, match="the customer of this decision was erased meanwhile; run this again"):
        answers(before.population)
    after = replayed(small)
    assert after.left_out.erased == len(gone) > 0
    assert answers(after.population).keys() == {f"d{number}" for number in range(20)} - gone - honouring(small)
    assert after.population.hash != before.population.hash
    done = command(small, "--workers", "1", "--json", name="simulate")
    assert f"left out of the ledger's decisions: {len(gone)} of customers who were erased" in done.stderr
    assert json.loads(done.stdout)["reproduction"]["asks"] == len(answers(after.population))


def honouring(home: Place) -> set[str]:
    with opened(home, home.folder / "tiny") as desk:
        return {id_ for id_, one in kept(desk).items() if one.honours is not None}


def test_a_decision_that_the_pack_does_not_read_any_more_is_left_out_and_the_first_is_named(small: Place) -> None:
    with opened(small, small.folder / "tiny") as desk:
        decided(desk, asked("d0", ask={"action": "call"}))
        decided(desk, asked("d1"))
        decided(desk, asked("d2", customer="C-2"))
        first = desk.ledger.one("d0")
    assert first is not None
    renamed = pack(small.folder / "next", 40, **{"call:": "ring:", "action: call": "action: ring"})
    found = replayable(load_release(renamed), small.url)
    assert answers(found.population) == {"d2": None}, "the history of `d1` has an action that is gone"
    assert str(found.left_out) == (
        "left out of the ledger's decisions: 2 that the pack does not read any more "
        f"(the first: ledger:{first.seq}:1: unknown-action: `/ask/action`: the pack has no such action)"
    )


def test_a_fact_that_was_not_kept_is_unknown_and_ends_in_a_question(small: Place) -> None:
    customer = {"id": "C-1", "good": True, "vip": True}
    request = asked("d0").model_copy(update={"facts": {"customer": customer}})
    with opened(small, small.folder / "tiny") as desk:
        decided(desk, request)
        case = alone(kept(desk)["d0"])
    with_all = case.model_copy(update={"facts": request.facts})
    baseline, *_, vips = policies(small)[1]
    population = replayed(small).population
    assert positions(baseline, population) == {"d0": "approve"}
    assert positions(vips, population) == {"d0": "ask"}
    answer = position(vips, with_all)
    assert answer == "approve", "the fact was known then"


def test_what_is_written_later_changes_nothing_of_an_open_population(home: Place) -> None:
    with opened(home, home.folder / "tiny") as desk:
        decided(desk, asked("d0", "5"))
        population = replayed(home).population
        decided(desk, asked("d1", "5"))
        settled(desk, "d0", taken("o0"))
    assert answers(population) == {"d0": None}
    assert answers(replayed(home).population) == {"d0": True, "d1": None}
    hashes = {population.hash, replayed(home).population.hash, replayed(home, rows=1).population.hash}
    assert len(hashes) == 2


def test_what_cannot_be_read_is_said_and_nothing_is_made(small: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEEWAY_LEDGER", raising=False)
    before = sorted(small.folder.iterdir())
    missing = command(small)
    assert (missing.exit_code, "ledger-unusable: there is no ledger" in missing.stderr) == (1, True)
    nowhere = leeway("--packs", small.folder, "simulate", small.folder / "try.yaml", "--population", "ledger")
    assert (nowhere.exit_code, "give `--ledger`, or set LEEWAY_LEDGER" in nowhere.stderr) == (1, True)
    idle = leeway("--packs", small.folder, "simulate", small.folder / "try.yaml", "--ledger", small.url)
    assert (idle.exit_code, "add `--population ledger`" in idle.stderr) == (2, True)
    assert sorted(small.folder.iterdir()) == before
    with opened(small, small.folder / "tiny"):
        pass
    empty = command(small)
    assert (empty.exit_code, "no-decisions: there is no decision of pack `tiny`" in empty.stderr) == (1, True)
