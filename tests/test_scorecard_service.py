"""What the scorecard counts of refusals, promises and contacts."""

from __future__ import annotations

import pytest
from ledger_events import (
    AGENT,
    approval,
    broken,
    contact,
    decision,
    grant,
    kept,
    moment,
    promise,
)
from packs import write_pack
from scorecards import HALF, POLICY, counted, measured, parts

from engine.release import Release, load_release
from schemas.scorecard import Period


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_release(write_pack(tmp_path_factory.mktemp("packs") / "tiny", POLICY))


def test_a_refusal_with_an_alternative_is_one_that_offers_another_action() -> None:
    events = [
        decision("2026-01-05", "decline", alternatives=("callback",)),
        decision("2026-01-05", "decline", final=True),
        decision("2026-01-05", "approve"),
        decision("2026-01-05", "counter"),
        decision("2026-01-05", "ask"),
    ]
    found = measured("refusals_with_alternative", events)
    assert counted(found) == (1, 2)
    assert found.figures == {"final": 1, "escalated": 0}


def test_an_escalation_is_a_refusal_unless_the_agent_granted_a_part_at_once() -> None:
    events = [
        decision("2026-01-05", "escalate", id="part", rung="boss"),
        decision("2026-01-05", "escalate", id="whole", rung="boss"),
        decision("2026-01-05", "escalate", id="silent", rung="boss", alternatives=("callback",)),
        grant("2026-01-05", "part", agent=AGENT),
        approval("2026-01-06", "whole"),
        grant("2026-01-06", "whole", agent=AGENT),
    ]
    assert counted(measured("refusals_with_alternative", events)) == (1, 2)


def test_a_promise_is_kept_in_time_until_the_end_of_its_day_where_the_pack_is(release: Release) -> None:
    events = [
        promise("2026-01-05", "in-time", "2026-01-09", owner="care", segment="gold"),
        promise("2026-01-05", "too-late", "2026-01-09", owner="care"),
        kept("2026-01-09T22:59:59", "in-time"),
        kept("2026-01-09T23:00", "too-late"),
    ]
    found = measured("promises_kept", events, release)
    assert counted(found) == (1, 2)
    assert (found.figures["in_time"], found.figures["late"]) == (1, 1)
    assert parts(found, "segment") == {("gold",): (1, 1), ("unknown",): (0, 1)}


def test_a_promise_past_due_is_broken_and_one_not_due_is_open() -> None:
    events = [
        promise("2026-01-05", "said", "2026-06-30"),
        broken("2026-01-06", "said"),
        promise("2026-01-05", "silent", "2026-01-20"),
        promise("2026-01-05", "not-yet", "2026-06-20"),
        promise("2026-01-05", "next-year", "2027-01-20"),
        promise("2025-01-05", "long-ago", "2025-01-20"),
        promise("2026-01-05", "some-day", "soon"),
        contact("2026-02-01"),
    ]
    found = measured("promises_kept", events)
    assert found.figures == {"in_time": 0, "late": 0, "broken": 2, "open": 2, "undated": 1}
    assert counted(found) == (0, 2)


def test_a_broken_promise_that_is_kept_later_was_late() -> None:
    events = [promise("2026-01-05", "p", "2026-01-09"), broken("2026-01-10", "p"), kept("2026-01-12", "p")]
    assert measured("promises_kept", events).figures["late"] == 1


def test_the_moment_of_looking_says_what_is_past_due() -> None:
    later = Period(start=HALF.start, end=HALF.end, now=moment("2026-03-01"))
    events = [promise("2026-01-05", "p", "2026-02-09")]
    assert measured("promises_kept", events).figures["open"] == 1
    assert measured("promises_kept", events, period=later).figures["broken"] == 1


def test_a_contact_within_fourteen_days_about_the_same_is_the_problem_again() -> None:
    events = [
        contact("2025-12-30"),
        contact("2026-01-13"),
        contact("2026-01-14", "bill"),
        contact("2026-01-28T00:01"),
        contact("2026-01-14", customer="bob"),
        contact("2026-01-15", customer=None),
    ]
    found = measured("repeat_contacts", events)
    assert counted(found) == (1, 4)
    assert parts(found, "topic") == {("bill",): (0, 1), ("router",): (1, 3)}
    assert found.figures == {"nobody": 1}


def test_contacts_of_one_session_are_one() -> None:
    events = [
        contact("2026-01-13", session="s", resolved=False),
        contact("2026-01-13T00:20", session="s", resolved=True),
        contact("2026-03-13"),
    ]
    assert counted(measured("repeat_contacts", events)) == (0, 2)
    assert counted(measured("first_contact_resolution", events)) == (1, 1)


def test_a_contact_written_late_takes_its_place() -> None:
    events = [contact("2026-01-20", resolved=True), contact("2026-01-10", resolved=True), contact("2026-03-10")]
    assert counted(measured("repeat_contacts", events)) == (1, 3)
    assert measured("first_contact_resolution", events).figures["came_back"] == 1


def test_a_first_contact_settles_what_does_not_come_back() -> None:
    events = [
        contact("2026-01-01", "settled", resolved=True),
        contact("2026-01-01", "back", resolved=True),
        contact("2026-01-05", "back", resolved=True),
        contact("2026-01-01", "not", resolved=False),
        contact("2026-01-01", "unsaid"),
        contact("2026-02-01", "yesterday", resolved=True),
        contact("2026-02-02", "today"),
    ]
    found = measured("first_contact_resolution", events)
    assert counted(found) == (1, 3)
    assert found.figures == {"unresolved": 1, "came_back": 1, "too_soon": 1, "not_said": 2, "nobody": 0}


def test_a_contact_after_the_period_says_that_the_problem_came_back() -> None:
    events = [contact("2026-06-30", resolved=True), contact("2026-07-02", resolved=True)]
    assert measured("first_contact_resolution", events).figures["came_back"] == 1
    assert counted(measured("repeat_contacts", events)) == (0, 1)
