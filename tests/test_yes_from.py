"""From when time alone makes it a yes: at that moment it is one, and a minute before it is not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from packs import write_pack

from engine.decide import decide
from engine.explain import explain
from engine.release import Release, load_release
from schemas.decision import Decision
from schemas.request import DecisionRequest

HEADER = """\
pack: clock
currency: EUR
timezone: Europe/Berlin
calendar: DE
ladder: [agent, boss]
{as_of}
params:
  most:
    2024-01-01: 10
    2024-09-01: 50
actions:
  act: {{title: Act, amount: money}}
  do: {{title: Do}}
authority:
  agent: {{act: 20, do: true}}
  boss: {{"*": true}}
rules:
"""
FACTS = """\
type: object
properties:
  order:
    type: object
    properties:
      placed: {type: string, format: date-time}
      day: {type: string, format: date}
      paused: {type: boolean}
      until: {type: array, items: {type: string, format: date}}
"""
ORDER = {
    "placed": "2024-05-10T08:30:00",
    "day": "2024-05-10",
    "paused": False,
    "until": ["2024-06-01", "2024-07-15"],
}
NOW = "2024-05-15T15:00:00"
OPENINGS = {
    "now - order.placed >= days(30)": "2024-06-09T08:30:00+02:00",
    "order.placed <= now - hours(24 * 30)": "2024-06-09T08:30:00+02:00",
    "days_since(order.day) >= 30": "2024-06-09T00:00:00+02:00",
    "days_since(order.placed) > 30": "2024-06-10T00:00:00+02:00",
    "months_between(order.day, now) >= 24": "2026-05-10T00:00:00+02:00",
    "business_days_between(order.day, now) >= 10": "2024-05-27T00:00:00+02:00",
    "order.until.all(d, d < date(now))": "2024-07-16T00:00:00+02:00",
    "order.until.exists(d, d < date(now))": "2024-06-02T00:00:00+02:00",
    "now.getHours() < 12": "2024-05-16T00:00:00+02:00",
    "now.getDayOfWeek() == 6": "2024-05-18T00:00:00+02:00",
    "date(now) >= add_months(order.day, 100)": "2032-09-10T00:00:00+02:00",
    "add_months(order.day, 1) == date(now)": "2024-06-10T00:00:00+02:00",
    'as_of >= date("2025-02-03")': "2025-02-03T00:00:00+01:00",
    "order.paused || days_since(order.day) >= 30": "2024-06-09T00:00:00+02:00",
}
NEVER = [
    "order.paused",
    "order.paused && days_since(order.day) >= 30",
    "days_since(order.day) < 3",
    "months_between(order.day, now) >= 24 * 12",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where this module's packs are written."""
    return tmp_path_factory.mktemp("clock")


def pack(folder: Path, rules: str, as_of: str = "") -> Release:
    """Return a pack with these rules."""
    made = write_pack(folder / f"p{len(list(folder.iterdir()))}", "", facts=FACTS)
    (made / "pack.yaml").write_text(HEADER.format(as_of=as_of) + rules, encoding="utf-8")
    return load_release(made)


def allowing(folder: Path, condition: str) -> Release:
    """Return a pack that allows an action on one condition."""
    return pack(folder, f"  - id: r\n    action: do\n    when: '{condition}'\n    allow: true\n")


def answer(release: Release, now: str = NOW, action: str = "do", **more: Any) -> Decision:
    """Return the explained decision at a moment."""
    ask = {"action": action, **({"amount": more.pop("amount")} if "amount" in more else {})}
    body = {"agent": {"role": more.pop("role", "agent")}, "now": now, "facts": {"order": ORDER}, "ask": ask, **more}
    request = DecisionRequest.model_validate_json(json.dumps(body))
    decision = decide(release, request)
    assert isinstance(decision, Decision)
    return explain(release, request, decision)


def minute_before(moment: str) -> str:
    """Return the moment a minute earlier."""
    return (datetime.fromisoformat(moment) - timedelta(minutes=1)).isoformat()


@pytest.mark.parametrize(("condition", "moment"), list(OPENINGS.items()), ids=list(OPENINGS))
def test_it_is_a_yes_from_that_moment_and_not_a_minute_before(folder: Path, condition: str, moment: str) -> None:
    release = allowing(folder, condition)
    assert answer(release).yes_from == moment
    assert answer(release, moment).verdict == "approve"
    assert answer(release, minute_before(moment)).verdict == "decline"


@pytest.mark.parametrize("condition", NEVER)
def test_what_time_alone_never_makes_a_yes_has_no_date(folder: Path, condition: str) -> None:
    assert answer(allowing(folder, condition)).yes_from is None


def test_a_deny_that_time_lifts_gives_the_date(folder: Path) -> None:
    rules = """\
  - id: yes
    action: do
    allow: true
  - id: wait
    action: do
    when: days_since(order.day) < 14
    deny:
      waivable_by: boss
"""
    decision = answer(pack(folder, rules))
    assert (decision.verdict, decision.yes_from) == ("escalate", "2024-05-24T00:00:00+02:00")


def test_a_rule_that_starts_later_gives_its_first_day(folder: Path) -> None:
    rules = "  - id: r\n    action: do\n    allow: true\n    effective: {from: 2024-12-01}\n"
    assert answer(pack(folder, rules)).yes_from == "2024-12-01T00:00:00+01:00"


def test_a_request_that_fixes_the_day_that_counts_is_not_moved_by_the_clock(folder: Path) -> None:
    rules = "  - id: r\n    action: do\n    allow: true\n    effective: {from: 2024-12-01}\n"
    assert answer(pack(folder, rules), as_of="2024-05-15").yes_from is None


def test_a_pack_whose_day_that_counts_is_a_fact_is_not_moved_by_the_clock(folder: Path) -> None:
    rules = "  - id: r\n    action: do\n    allow: true\n    effective: {from: 2024-12-01}\n"
    assert answer(pack(folder, rules, "as_of: order.day")).yes_from is None


def test_a_parameter_that_changes_by_date_lets_the_asked_amount_through(folder: Path) -> None:
    rules = "  - id: r\n    action: act\n    allow:\n      up_to: params.most\n"
    decision = answer(pack(folder, rules), action="act", amount=15)
    assert (decision.verdict, decision.yes_from) == ("counter", "2024-09-01T00:00:00+02:00")
    assert answer(pack(folder, rules), action="act", amount=60).yes_from is None


def test_an_amount_that_grows_day_by_day_gives_the_day_on_which_it_is_enough(folder: Path) -> None:
    rules = "  - id: r\n    action: act\n    allow:\n      up_to: 2 * days_since(order.day)\n"
    assert answer(pack(folder, rules), action="act", amount=15).yes_from == "2024-05-18T00:00:00+02:00"


def test_a_final_no_and_what_is_not_known_have_no_date(folder: Path) -> None:
    rules = """\
  - id: never
    action: do
    when: "!order.paused"
    deny: final
  - id: later
    action: do
    when: days_since(order.day) >= 30
    allow: true
"""
    assert answer(pack(folder, rules)).yes_from is None


def test_the_first_of_several_openings_is_the_date(folder: Path) -> None:
    rules = """\
  - id: late
    action: do
    when: days_since(order.day) >= 60
    allow: true
  - id: soon
    action: do
    when: days_since(order.day) >= 20
    allow: true
  - id: closed
    action: do
    when: date(now) >= date("2024-05-25") && date(now) < date("2024-06-05")
    deny: true
"""
    assert answer(pack(folder, rules)).yes_from == "2024-06-05T00:00:00+02:00"


def test_the_texts_say_the_date_on_the_packs_clock(folder: Path) -> None:
    decision = answer(allowing(folder, "now - order.placed >= days(30)"))
    for text in decision.texts.values():
        assert "It will be possible from 9 June 2024 at 08:30." in text
