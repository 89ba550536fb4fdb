"""What the scorecard counts of rules, insights, input, walkthroughs, outreach and feedback."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger_events import (
    activated,
    contact,
    decision,
    erased,
    erasure,
    feedback,
    happened,
    insight,
    moment,
    outcome,
    outreach,
    walkthrough,
)
from packs import write_pack
from pydantic import ValidationError
from scorecards import CASE, HALF, POLICY, breakdown, counted, measured, named, parts

from engine.release import Release, load_release
from schemas.events import Event
from schemas.scorecard import Period
from simulations.scorecard.scorecard import scorecard


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_release(write_pack(tmp_path_factory.mktemp("packs") / "tiny", POLICY))


def test_a_rule_is_born_from_customers_when_its_because_names_their_insight(release: Release) -> None:
    events = [insight("2026-01-05", "INS-1"), insight("2026-01-05", "INS-2", source="employee")]
    found = measured("rules_from_customers", events, release)
    assert counted(found) == (1, 5)
    assert found.figures == {"with_because": 2, "from_employees": 1, "from_analysis": 0, "not_recorded": 1}
    assert parts(found, "pack") == {("tiny",): (1, 5)}


def test_the_last_record_of_an_insight_says_where_it_came_from(release: Release) -> None:
    events = [
        insight("2026-01-09", "INS-1", source="analysis"),
        insight("2026-01-05", "INS-1", source="customer"),
        insight("2026-07-05", "INS-1", source="customer"),
    ]
    assert counted(measured("rules_from_customers", events, release)) == (0, 5)


def test_rules_of_two_versions_of_a_pack_count_once(release: Release) -> None:
    assert counted(measured("rules_from_customers", [], release, release)) == (0, 5)


def test_an_insight_is_answered_by_a_rule_that_names_it(release: Release) -> None:
    events = [
        insight("2025-12-05", "INS-1"),
        insight("2026-02-05", "INS-2"),
        insight("2026-02-06", "INS-3"),
        insight("2026-02-07", "INS-4"),
        insight("2026-03-07", "INS-4", active=False),
    ]
    card = scorecard([release], events, HALF)
    found = named(card, "insights_answered")
    assert counted(found) == (2, 3)
    assert parts(found, "quarter") == {("2025-Q4",): (1, 1), ("2026-Q1",): (1, 2)}
    assert found.improved_by == ("A rule that answers INS-3: What INS-3 says",)
    assert [(one.insight, one.since) for one in card.unanswered] == [("INS-3", "2026-Q1")]
    assert [(one.insight, one.rules) for one in card.unrecorded] == [("DEC-1", ("gold",))]


def test_gathered_input_counts_by_process_and_quarter() -> None:
    events = [
        contact("2025-12-30", gathered="moving"),
        contact("2026-01-10", gathered="billing"),
        contact("2026-01-11"),
        contact("2026-04-02", gathered="billing"),
    ]
    found = measured("input_gathered", events)
    assert counted(found) == (2, 3)
    assert parts(found, "quarter", "process") == {
        ("2026-Q1", "billing"): (1, 2),
        ("2026-Q1", "moving"): (0, 2),
        ("2026-Q2", "billing"): (1, 1),
        ("2026-Q2", "moving"): (0, 1),
    }
    last = {part.keys[0]: part.figures for part in breakdown(found, "process")}
    assert last["billing"] == {"last": "2026-04-02", "days_since": 0}
    assert last["moving"] == {"last": "2025-12-30", "days_since": 93}


def test_a_process_counts_as_walked_through_once_a_quarter() -> None:
    events = [
        walkthrough("2026-01-10", "billing"),
        walkthrough("2026-02-10", "billing"),
        contact("2026-04-02", gathered="moving"),
    ]
    found = measured("walkthroughs", events)
    assert counted(found) == (1, 4)
    assert found.figures["walkthroughs"] == 2
    assert parts(found, "process") == {("billing",): (1, 2), ("moving",): (0, 2)}
    assert found.improved_by[0] == "Go through billing as a customer does: nobody did in 2026-Q2"


def test_quarters_that_have_not_begun_want_no_walkthrough() -> None:
    year = Period(start=moment("2026-01-01"), end=moment("2027-01-01"))
    found = measured("walkthroughs", [walkthrough("2026-05-10", "billing")], period=year)
    assert parts(found, "quarter") == {("2026-Q1",): (0, 1), ("2026-Q2",): (1, 1)}


def test_quarters_begin_in_the_timezone_of_the_period() -> None:
    tokyo = Period(start=moment("2026-01-01"), end=moment("2026-07-01"), timezone="Asia/Tokyo")
    found = measured("input_gathered", [contact("2026-03-31T16:00", gathered="billing")], period=tokyo)
    assert parts(found, "quarter") == {("2026-Q2",): (1, 1)}


def test_outreach_is_done_when_the_customer_is_contacted_for_that_reason_afterwards(release: Release) -> None:
    events = [
        decision("2026-02-01", customer="ann", signals=("quiet_year",)),
        decision("2026-02-01", customer="bob", signals=("quiet_year", "repeat_contact")),
        decision("2026-02-01", customer="cem", follow_ups=("say-hello", "fix-it")),
        outreach("2026-01-20", "quiet_year", customer="bob"),
        outreach("2026-01-21", "quiet_year", customer="ann"),
        outreach("2026-02-20", "quiet_year", customer="ann", about="how we are doing"),
        outreach("2026-02-21", None, customer="ann"),
    ]
    found = measured("outreach", events, release)
    assert parts(found, "kind") == {("quiet_year",): (1, 2), ("say-hello",): (0, 1), ("unknown",): (0, 0)}
    assert counted(found) == (1, 3)
    assert found.figures["made"] == 4


def test_a_customer_is_new_when_their_first_event_lies_in_the_period() -> None:
    events = [
        happened("2025-11-01", "bought", customer="old"),
        contact("2026-01-05", customer="old"),
        contact("2026-01-05", customer="ann"),
        contact("2026-04-05", customer="ann", asked_why=True),
        contact("2026-05-05", customer="bob"),
        contact("2026-07-05", customer="bob", asked_why=True),
    ]
    found = measured("new_customers_asked", events)
    assert counted(found) == (1, 2)
    assert parts(found, "quarter") == {("2026-Q1",): (1, 1), ("2026-Q2",): (0, 1)}


def test_a_customer_whose_first_event_was_written_late_is_not_new() -> None:
    events = [contact("2026-01-05"), happened("2025-11-01", "bought")]
    assert counted(measured("new_customers_asked", events)) == (0, 0)


def test_where_decisions_carry_the_signal_it_says_who_is_new() -> None:
    events = [
        contact("2026-01-05", customer="ann"),
        decision("2026-01-06", customer="bob", signals=("new_customer",)),
        contact("2026-01-07", customer="bob", asked_why=True),
    ]
    found = measured("new_customers_asked", events)
    assert counted(found) == (1, 1)
    assert "`new_customer`" in found.definition


def test_feedback_stands_beside_the_rule(release: Release) -> None:
    events = [
        decision("2026-01-05", rules=("late",)),
        feedback("2026-01-05", "late", True),
        feedback("2026-01-05", "late", False),
        feedback("2026-01-05", "late", False),
        feedback("2026-01-05", "late", None),
        feedback("2026-01-05", "late", True, by="customer"),
        feedback("2026-07-05", "late", True),
    ]
    found = measured("rules_that_help", events, release)
    (part,) = breakdown(found, "rule")
    assert (part.keys, part.title, counted(part)) == (("late",), "Sorry for the delay", (1, 3))
    assert part.figures == {"neither": 1, "customers_helped": 1, "customers_not_helped": 0, "fired": 1}
    assert found.value == "0.3333"


def test_erased_events_count_where_they_name_nobody() -> None:
    events: list[Event] = [
        decision("2026-01-05", "decline", channel="phone", case=CASE),
        contact("2026-01-05", resolved=True),
        outcome("2026-01-05", "d", "overridden", reason="Because."),
        erasure("2026-02-05", 3),
        activated("2026-02-06"),
    ]
    card = scorecard([], map(erased, events), HALF)
    assert card.events == 5
    assert counted(named(card, "refusals_with_alternative")) == (0, 1)
    assert named(card, "same_answer_across_channels").figures["not_compared"] == 1
    assert named(card, "repeat_contacts").figures["nobody"] == 1
    assert named(card, "overrides").figures == {"with_reason": 0, "without_reason": 1}
    assert counted(named(card, "new_customers_asked")) == (0, 0)


def test_a_period_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValidationError, match="ends after it starts"):
        Period(start=moment("2026-01-01"), end=moment("2026-01-01"))
    with pytest.raises(ValidationError, match="timezone is not known"):
        Period(start=moment("2026-01-01"), end=moment("2026-01-02"), timezone="Europe/Atlantis")


def test_a_rule_belongs_to_the_pack_that_its_header_names(tmp_path: Path) -> None:
    moved = load_release(write_pack(tmp_path / "elsewhere", POLICY))
    assert parts(measured("rules_from_customers", [], moved), "pack") == {("tiny",): (0, 5)}


def test_rules_of_a_pack_that_two_others_use_count_once(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    actions = "actions: {credit: {title: A credit, amount: money}}"
    rules = "rules: [{id: all, action: credit, allow: {up_to: 5}}]"
    (tmp_path / "shared" / "pack.yaml").write_text(f"pack: shared\nladder: [ai, agent, boss]\n{actions}\n{rules}\n")
    own = "uses: [shared]\nrules: [{id: mine, action: credit, when: order.days > 3, allow: {up_to: 9}}]\n"
    releases = [load_release(write_pack(tmp_path / name, own)) for name in ("one", "two")]
    found = measured("rules_from_customers", [], *releases)
    assert parts(found, "pack") == {("shared",): (0, 1), ("tiny",): (0, 1)}


def test_rules_of_one_name_in_two_packs_answer_what_each_names(tmp_path: Path) -> None:
    releases = []
    for name, because in (("one", "INS-1"), ("two", "INS-2")):
        rule = f"{{id: same, action: credit, when: order.days > 3, allow: {{up_to: 9}}, because: {because}}}"
        text = f"actions: {{credit: {{title: A credit, amount: money}}}}\nrules: [{rule}]\n"
        folder = write_pack(tmp_path / name, text)
        (folder / "pack.yaml").write_text((folder / "pack.yaml").read_text().replace("pack: tiny", f"pack: {name}"))
        releases.append(load_release(folder))
    card = scorecard(releases, [insight("2026-01-05", "INS-1"), insight("2026-01-05", "INS-2")], HALF)
    assert card.unanswered == ()
    assert [(one.pack, one.rules) for one in card.packs] == [("one", 1), ("two", 1)]
