"""The scorecard for people and for programs, and its page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ledger_events import contact, decision, feedback, insight, moment, promise, walkthrough

from schemas.events import Event
from schemas.scorecard import Period, Scorecard
from simulations.scorecard.as_json import as_json
from simulations.scorecard.insights import insights, without_record, without_rule
from simulations.scorecard.report import NO_DATA, rendered
from simulations.scorecard.scorecard import scorecard

ROOT = Path(__file__).parent.parent
HALF = Period(start=moment("2026-01-01"), end=moment("2026-07-01"), timezone="Europe/London")
EVENTS: list[Event] = [
    insight("2026-01-05", "INS-1", title="Bills\x1b[31m are hard\nto read"),
    contact("2026-01-05", "bill", gathered="billing", resolved=True),
    decision("2026-01-06", "decline", rules=("late",)),
    promise("2026-01-06", "p", "2026-01-20", owner="care"),
    walkthrough("2026-04-01", "billing"),
    feedback("2026-04-02", "late", False),
]


def card(events: list[Event]) -> Scorecard:
    return scorecard([], events, HALF)


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", [40, 80, 160])
@pytest.mark.parametrize("colour", [False, True])
def test_lines_fit_the_width_and_name_every_measure(width: int, colour: bool) -> None:
    text = rendered(card(EVENTS), width, colour)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= width
    assert ("\x1b[" in text) is colour
    shown = words(re.sub(r"[─]+", "", plain))
    assert [one.title for one in card([]).measures if one.title not in shown] == []


def test_what_people_wrote_cannot_steer_the_terminal() -> None:
    assert "A rule that answers INS-1: Bills\ufffd[31m are hard to read" in rendered(card(EVENTS), 160)


def test_a_share_stands_with_its_counts_its_parts_and_what_would_improve_it() -> None:
    text = words(rendered(card(EVENTS), 160).replace("─", ""))
    assert "0.0%: 0 of 1 Beside that: in time 0, late 0, broken 1, still open 0, with no day 0." in text
    assert "By quarter and process Quarter Process Share Counted Of 2026-Q1 billing 100.0% 1 1" in text
    assert "- Keep more of those of care: 1 of 1 were not kept in time" in text


def test_an_empty_ledger_says_that_there_is_no_data() -> None:
    text = rendered(card([]), 100)
    assert text.count(NO_DATA) == 2 * len(card([]).measures)
    assert "%" not in text


def test_moments_are_those_of_the_timezone_of_the_period() -> None:
    summer = Period(start=moment("2026-03-31T23:00"), end=moment("2026-06-30T23:00"), timezone="Europe/London")
    shown = words(rendered(scorecard([], EVENTS, summer), 160))
    assert "From 2026-04-01 00:00 until 2026-07-01 00:00, Europe/London time; 6 events" in shown


@pytest.mark.parametrize("events", [[], EVENTS], ids=["empty", "some"])
def test_json_is_the_scorecard_as_its_schema_says(events: list[Event]) -> None:
    found = card(events)
    text = as_json(found)
    schema = json.loads((ROOT / "schemas" / "scorecard.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(json.loads(text))] == []
    assert (Scorecard.model_validate_json(text) == found) is True
    assert list(json.loads(text)) == list(Scorecard.model_json_schema(mode="serialization")["properties"])


def test_the_page_has_every_measure_with_its_definition() -> None:
    page = words((ROOT / "docs" / "scorecard.md").read_text(encoding="utf-8"))
    for one in card([]).measures:
        assert f"### {one.title} {one.definition} `{one.name}`" in page


def test_more_rows_than_fit_a_screen_are_in_the_json() -> None:
    events: list[Event] = [feedback("2026-01-05", f"rule-{number:02}", True) for number in range(33)]
    text = rendered(card(events), 100)
    assert "rule-29" in text
    assert "rule-30" not in text
    assert "and 3 more in the JSON" in text


def test_insights_without_a_rule_and_rules_without_an_insight_are_found() -> None:
    found = insights(
        [
            insight("2026-03-05", "INS-2", id="b"),
            insight("2026-01-05", "INS-1", id="a"),
            insight("2026-02-05", "INS-3", id="c"),
            insight("2026-02-06", "INS-3", id="d", active=False),
        ]
    )
    because = {"one": ("INS-9", "INS-1"), "two": ("INS-9",), "three": ()}
    assert [one.id for one in without_rule(found, because)] == ["INS-2"]
    assert without_record(found, because) == {"INS-9": ("one", "two")}


def test_the_order_in_which_insights_are_recorded_does_not_matter() -> None:
    events = [insight("2026-03-05", "INS-1", id="b", source="analysis"), insight("2026-01-05", "INS-1", id="a")]
    assert insights(events) == insights(reversed(events))
    assert (insights(events)["INS-1"].source, insights(events)["INS-1"].came) == ("analysis", moment("2026-01-05"))
