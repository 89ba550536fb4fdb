"""How long an offer stands: the action says it, the decision tells it, and who postpones it may only shorten it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from packs import write_pack
from random_rows import answers

from engine.backends.columnar.rows import table_of
from engine.backends.columns import compile_columns
from engine.backends.reference import Reference
from engine.case import asked_of, case_of
from engine.decide import decide
from engine.explain import explain
from engine.memory.honouring import claim_of, honoured
from engine.memory.moments import moment_at
from engine.memory.problems import OutcomeProblem
from engine.memory.promises import promises_of
from engine.memory.replaying import decided_again, digest
from engine.memory.taking import Taken, outcome_events
from engine.memory.writing import decision_event
from engine.program.plan import DECIDE, NOTES
from engine.release import Release, load_release
from schemas.decision import Decision
from schemas.events import ApprovalEvent, DecisionEvent, GrantEvent, PromiseMadeEvent
from schemas.request import Agent, DecisionRequest

PACK = """\
timezone: Europe/Berlin
language: {language}
actions:
  credit:
    title: Credit
    amount: money
{stands}  call:
    title: Call back
authority:
  agent: {{credit: 40}}
  boss: {{credit: 100, call: true}}
rules:
  - id: credit-some
    action: credit
    when: order.level == "silver"
    allow: {{up_to: 80}}
    source: made up
  - id: call-anybody
    action: call
    when: order.level == "silver"
    allow: true
    source: made up
"""
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
FACTS = {"order": {"days": 5, "level": "silver", "total": "20.00"}}
ASK: dict[str, Any] = {
    "id": "d",
    "now": "2026-06-15T12:00:00Z",
    "agent": {"role": "agent", "id": "a-1"},
    "facts": FACTS,
    "ask": {"action": "credit", "amount": 20},
}


def pack(folder: Path, stands: str = "", language: str = "en") -> Release:
    """Return the release of the pack with what a credit says of how long it stands."""
    line = f"    stands: {stands}\n" if stands else ""
    return load_release(write_pack(folder, PACK.format(language=language, stands=line)))


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a pack in which a credit stands for a week."""
    return pack(tmp_path_factory.mktemp("week"), "days(7)")


def parsed(**said: Any) -> DecisionRequest:
    return DecisionRequest.model_validate_json(json.dumps({**ASK, **said}))


def decided(release: Release, **said: Any) -> Decision:
    found = decide(release, parsed(**said))
    assert isinstance(found, Decision)
    return found


def kept(release: Release, **said: Any) -> DecisionEvent:
    return decision_event(release, parsed(**said), decided(release, **said))


def offered_until(release: Release, **said: Any) -> str | None:
    offer = decided(release, **said).offer
    return None if offer is None else offer.stands_until


def postponed(
    release: Release, event: DecisionEvent, until: date | None = None, **said: Any
) -> PromiseMadeEvent | None:
    """Return the promise that an offer stands, once the customer wants to think about it."""
    taken = Taken("o", "postponed", said.pop("at", NOON), stands_until=until, **said)
    found = [one for one in outcome_events(release, event, taken) if isinstance(one, PromiseMadeEvent)]
    assert all(one.promise == "offer" for one in found)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("stands", "now", "until"),
    [
        ("days(14)", "2026-06-15T12:00:00Z", "2026-06-29"),
        ("business_days(5)", "2026-06-15T12:00:00Z", "2026-06-22"),
        ("now + hours(36)", "2026-06-15T12:00:00Z", "2026-06-17"),
        ('date("2026-07-01")', "2026-06-15T12:00:00Z", "2026-07-01"),
        ("days(order.days)", "2026-06-15T12:00:00Z", "2026-06-20"),
        ("days(14)", "2026-06-15T22:30:00Z", "2026-06-30"),  # already the 16th in Berlin
        ("days(14)", "2026-10-19T22:30:00Z", "2026-11-03"),  # over the night in which an hour comes twice
        ('date("2026-06-01")', "2026-06-15T12:00:00Z", "2026-06-15"),  # the present day at least
    ],
)
def test_a_decision_tells_until_when_its_offer_stands(tmp_path: Path, stands: str, now: str, until: str) -> None:
    release = pack(tmp_path, stands)
    assert offered_until(release, now=now) == until
    made = postponed(release, kept(release, now=now), at=datetime.fromisoformat(now))
    assert made is not None
    assert made.due == until


def test_what_is_not_known_of_how_long_it_stands_is_left_out(tmp_path: Path) -> None:
    release = pack(tmp_path, "days(order.days)")
    unknown = {"facts": {"order": {"level": "silver"}}}
    assert offered_until(release, **unknown) is None
    assert postponed(release, kept(release, **unknown)) is None
    made = postponed(release, kept(release, **unknown), date(2027, 1, 1))
    assert made is not None


def test_only_what_is_offered_stands(week: Release) -> None:
    assert offered_until(week, ask={"action": "credit", "amount": 500}) == "2026-06-22"
    assert offered_until(week, ask={"action": "call"}, agent={"role": "boss"}) is None
    assert decided(week, facts={"order": {"level": "gold"}}).offer is None
    assert decided(week, facts={}).offer is None


def test_an_escalated_offer_stands_as_far_as_the_agent_may_grant_it(week: Release) -> None:
    sixty, nothing = {"ask": {"action": "credit", "amount": 60}}, {"agent": {"role": "ai"}}
    event = kept(week, **sixty)
    assert (event.verdict, event.amount, offered_until(week, **sixty)) == ("escalate", "60.00", "2026-06-22")
    made = postponed(week, event)
    assert made is not None
    assert (made.amount, made.due) == ("40.00", "2026-06-22")
    assert offered_until(week, **nothing) is None
    assert postponed(week, kept(week, **nothing)) is None


@pytest.mark.parametrize("stands", ["", "days(7)"])
def test_nobody_keeps_open_what_they_may_not_grant(tmp_path: Path, stands: str) -> None:
    release, tomorrow = pack(tmp_path, stands), date(2026, 6, 16)
    for said, amount in (
        ({"ask": {"action": "credit", "amount": 60}}, "40.01"),
        ({"agent": {"role": "ai"}}, None),
        ({"ask": {"action": "call"}}, None),
    ):
        with pytest.raises(OutcomeProblem) as problem:
            postponed(release, kept(release, **said), tomorrow, amount=amount)
        assert problem.value.code == "above-authority"
    with pytest.raises(OutcomeProblem) as problem:
        postponed(release, kept(release), tomorrow, amount="20.01")
    assert problem.value.code == "above-offer"


def test_what_somebody_higher_up_approved_stands_whole(week: Release) -> None:
    event = kept(week, agent={"role": "ai"}, ask={"action": "credit", "amount": 60})
    yes = {"request": "r", "decision": "d", "rung": "boss", "approved": True}
    word = ApprovalEvent(id="a", at=NOON, agent=Agent(role="boss", id="b-1"), **yes)
    for said, due in ((None, "2026-06-22"), (date(2026, 6, 16), "2026-06-16")):
        _, made = outcome_events(week, event, Taken("o", "postponed", NOON, stands_until=said), [word])
        assert isinstance(made, PromiseMadeEvent)
        assert (made.amount, made.due) == ("60.00", due)
    no = word.model_copy(update={"approved": False})
    assert len(outcome_events(week, event, Taken("o", "postponed", NOON), [no])) == 1


def test_it_stands_from_the_decision_and_not_from_when_it_was_postponed(week: Release) -> None:
    event = kept(week)
    late = postponed(week, event, at=NOON + timedelta(days=3))
    assert late is not None
    assert late.due == "2026-06-22"
    assert postponed(week, event, at=NOON + timedelta(days=8)) is None


def test_a_day_that_is_said_may_shorten_it_and_never_lengthen_it(week: Release) -> None:
    event = kept(week)
    sooner = postponed(week, event, date(2026, 6, 18))
    assert sooner is not None
    assert sooner.due == "2026-06-18"
    with pytest.raises(OutcomeProblem, match="stands until 2026-06-22; name that day or an earlier one") as problem:
        postponed(week, event, date(2026, 6, 23))
    assert problem.value.code == "stands-too-long"


def test_what_says_nothing_stands_as_long_as_is_said(tmp_path: Path) -> None:
    release = pack(tmp_path)
    event = kept(release)
    assert postponed(release, event) is None
    made = postponed(release, event, date(2027, 6, 15))
    assert made is not None
    assert (made.due, made.amount) == ("2027-06-15", "20.00")


def test_what_was_granted_does_not_stand_as_an_offer_too(week: Release) -> None:
    event = kept(week)
    before = outcome_events(week, event, Taken("y", "accepted", NOON))
    assert any(isinstance(one, GrantEvent) for one in before)
    assert len(outcome_events(week, event, Taken("o", "postponed", NOON), before)) == 1


def test_asking_again_does_not_make_an_offer_stand_longer(week: Release) -> None:
    first = kept(week)
    made = postponed(week, first)
    assert made is not None
    request = parsed(id="e", now="2026-06-20T12:00:00Z", facts={"order": {"level": "gold"}})
    case = case_of(week, request, "e")
    assert request.ask is not None
    claim = claim_of(week, case, asked_of(week, case, request.ask))
    promises = promises_of([made], "Europe/Berlin", moment_at(NOON + timedelta(days=5)))
    answer = honoured(week, decided(week, facts={"order": {"level": "gold"}}).model_copy(update={"id": "e"}), claim,
                      promises, lambda _: decided_again(week, first))  # fmt: skip
    assert (answer.verdict, answer.honours, answer.offer and answer.offer.stands_until) == ("approve", "d", None)
    event = decision_event(week, request, answer, first)
    assert digest(decided_again(week, event)) == event.digest
    again = postponed(week, event, at=NOON + timedelta(days=5))
    assert again is not None
    assert (again.due, again.decision) == ("2026-06-22", "d")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "This offer stands until June 22, 2026."), ("de", "Dieses Angebot gilt bis 22. Juni 2026.")],
)
def test_every_reader_is_told_until_when_it_stands(tmp_path: Path, language: str, said: str) -> None:
    release, silent = pack(tmp_path / "told", "days(7)", language), pack(tmp_path / "silent", "", language)
    for amount in (20, 60, 500):
        asked = parsed(ask={"action": "credit", "amount": amount})
        found, other = (explain(one, asked, decide(one, asked)) for one in (release, silent))
        assert isinstance(found, Decision)
        assert isinstance(other, Decision)
        assert all(said in text.splitlines() for text in found.texts.values()), found.texts
        assert not any("2026" in text for reader, text in other.texts.items() if reader != "auditor")


@pytest.mark.parametrize(
    ("amount", "known"),
    [
        (20, "sha256:bfa9e28f984fb2075850d586924eed9677db565333ff6c0e38e3620468882c1f"),
        (60, "sha256:6d9a2a09ff0a8963d02261281b13aeda1112b767a8d87a815e8ba345a6e6a9da"),
        (500, "sha256:21d98e90262dfeaf95757575a4a675741f4207cf99fcc3377c7ba5f217f80b47"),
    ],
)
def test_a_decision_that_was_kept_before_actions_said_it_replays_to_the_same_bytes(
    tmp_path: Path, amount: int, known: str
) -> None:
    event = kept(pack(tmp_path / "desk"), ask={"action": "credit", "amount": amount})
    assert event.digest == known


@pytest.mark.parametrize("stands", ["days(order.days)", "now + hours(order.days)", "add_months(date(now), order.days)"])
def test_all_backends_agree_on_how_long_it_stands(tmp_path: Path, stands: str) -> None:
    release = pack(tmp_path, stands)
    place = release.policy.plans["credit"].stands
    assert place is not None
    stage = next(one for one in release.policy.program.stages("credit") if one.name == NOTES)
    output = stage.outputs[place]
    rows = [inputs(release, {} if days is None else {"days": days}) for days in (None, 0, 1, 30, 400, 10**9)]
    expected = [Reference(row).value(output[1]) for row in rows]
    decide_, notes = (release.compiled.stage("credit", name) for name in (DECIDE, NOTES))
    assert [notes(row, decide_(row))[place] for row in rows] == expected
    compiled = compile_columns([output], {}, release.policy.inputs)
    found = answers(compiled, compiled.run(table_of(release.policy.inputs, rows)), [output])
    assert [value for (value,) in found] == expected
    assert expected[0] is None
    assert len(set(expected)) >= 4


def inputs(release: Release, order: dict[str, Any]) -> dict[str, object]:
    """Return what an ask with some facts of the order gives to expressions."""
    request = parsed(facts={"order": {"level": "silver", **order}})
    assert request.ask is not None
    return dict(asked_of(release, case_of(release, request, "d"), request.ask).inputs)
