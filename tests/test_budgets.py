"""Budgets over time: what an agent and a team may grant in a day, week and month, and what is said when it is gone."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest
from packs import lines, write_pack

from engine.backends.times import DAY, FIRST_DAY, HOUR, LAST_DAY, start_of
from engine.budgets import added, begins, first_day, nothing_granted, renewed, renews
from engine.decide import decide
from engine.explain import explain
from engine.language.diagnostics import Diagnostics, PolicyError
from engine.language.formatting.format import format_text
from engine.offers import offers
from engine.problems import RequestError
from engine.release import Release, load_release
from schemas.decision import Decision, Decisions, Offers
from schemas.request import DecisionRequest
from simulations.deciding.deciding import Decider
from simulations.patches.patched import patched
from simulations.patches.read import read_patch
from simulations.populations import synthetic
from simulations.populations.files import read_population
from simulations.scenarios.read import scenarios_of
from simulations.scenarios.run import run

BERLIN = "Europe/Berlin"
PACK = """\
currency: EUR
timezone: Europe/Berlin
language: {language}
params: {{daily: 250}}
actions:
  voucher: {{title: Voucher, kind: gift, amount: money}}
  miles: {{title: Bonus miles, kind: gift, amount: int, unit: miles}}
  call: {{title: Call back}}
  refund: {{title: Refund, amount: money}}
authority:
  ai:
    "kind:gift": {{each: 5, per_day: 100}}
  agent:
    voucher: {{each: 100, per_day: params.daily, per_week: 1000, team: {{per_day: 400}}}}
    call: {{each: true, per_day: 2}}
    refund: {{each: 100, per_month: order.total}}
  boss:
    voucher: {{each: 500, per_month: 600}}
    miles: true
    call: true
rules:
  - {{id: voucher, action: voucher, when: order.days > 0, allow: {{up_to: 600}}}}
  - {{id: miles, action: miles, allow: {{up_to: 1000}}}}
  - {{id: call, action: call, allow: true}}
  - {{id: refund, action: refund, allow: {{exactly: 80}}}}
"""
MONDAY = "2026-06-15T12:00:00"
AGENT = {"role": "agent", "id": "a-1", "team": "north"}
NOTHING = {"day": 0, "week": 0, "month": 0}


@cache
def desk(language: str = "en") -> Release:
    return load_release(write_pack(Path(mkdtemp()) / "tiny", PACK.format(language=language)))


def lately(action: str = "voucher", team: Any = NOTHING, **spans: Any) -> dict[str, Any]:
    """What was granted of an action: by the agent in some spans and in no other, and by the team."""
    return {"agent": {action: {**NOTHING, **spans}}, "team": {action: team}}


def request(action: str, granted: dict[str, Any] | None, **said: Any) -> DecisionRequest:
    whole = {
        "now": MONDAY,
        "agent": AGENT,
        "facts": {"order": {"days": 3, "total": 200}},
        "ask": {"action": action, **({"amount": said.pop("amount")} if "amount" in said else {})},
        "history": [],
        **({} if granted is None else {"granted": granted}),
        **said,
    }
    return DecisionRequest.model_validate_json(json.dumps(whole))


def answer(action: str, granted: dict[str, Any] | None, language: str = "en", **said: Any) -> Decision:
    asked = request(action, granted, **said)
    decision = explain(desk(language), asked, decide(desk(language), asked))  # type: ignore[arg-type]
    assert isinstance(decision, Decision)
    return decision


def test_within_the_budget_each_grant_is_as_large_as_ever():
    decision = answer("voucher", lately(day=100), amount=80)
    assert (decision.verdict, decision.within_authority) == ("approve", "100.00")


def test_what_is_left_of_a_budget_limits_the_grant():
    decision = answer("voucher", lately(day=200), amount=80)
    assert (decision.verdict, decision.rung, decision.within_authority) == ("escalate", "boss", "50.00")
    assert decision.reasons == ("above_budget",)


def test_the_scarcest_of_several_budgets_counts():
    assert answer("voucher", lately(day=10, week=990)).within_authority == "10.00"
    assert answer("voucher", lately(day=10, team={**NOTHING, "day": 375})).within_authority == "25.00"
    assert answer("voucher", lately(day=245, week=900)).within_authority == "5.00"


def test_without_an_amount_what_is_left_is_granted():
    decision = answer("voucher", lately(day=200))
    assert decision.verdict == "approve"
    assert decision.offer is not None
    assert decision.offer.amount == "50.00"


def test_what_was_granted_above_the_budget_leaves_nothing_not_less():
    assert answer("voucher", lately(day=9000), amount=1).within_authority == "0.00"


def test_of_an_action_without_an_amount_the_grants_are_counted():
    assert answer("call", lately("call", day=1)).verdict == "approve"
    spent = answer("call", lately("call", day=2))
    assert (spent.verdict, spent.rung, spent.reasons) == ("escalate", "boss", ("above_budget",))


def test_a_budget_for_several_actions_is_each_ones_own():
    granted = {"agent": {"voucher": {"day": 97}, "miles": {"day": 0}}}
    agent = {**AGENT, "role": "ai"}
    assert answer("voucher", granted, agent=agent).within_authority == "3.00"
    assert answer("miles", granted, agent=agent).within_authority == 5


def test_a_rung_keeps_what_those_below_have_with_their_budgets():
    assert answer("miles", lately("miles", day=98)).within_authority == 2
    assert answer("miles", lately("miles", day=98), agent={**AGENT, "role": "boss"}).within_authority == 1000


def test_what_a_rung_below_may_still_grant_is_kept_when_the_own_budget_is_used_up():
    assert answer("voucher", lately(day=40, week=1000)).within_authority == "5.00"


def test_a_fixed_amount_that_the_budget_does_not_cover_whole_is_not_granted():
    assert answer("refund", lately("refund", month=120)).verdict == "approve"
    spent = answer("refund", lately("refund", month=121))
    assert (spent.verdict, spent.rung, spent.reasons) == ("escalate", "boss", ("above_budget",))
    boss = answer("refund", lately("refund", month=121), agent={**AGENT, "role": "boss"})
    assert (boss.verdict, boss.reasons) == ("decline", ("above_budget",))


def test_a_budget_that_reads_an_unknown_fact_is_asked_for():
    decision = answer("refund", lately("refund"), facts={"order": {"days": 3}})
    assert decision.verdict == "ask"
    assert [one.fact for one in decision.questions] == ["order.total"]


def test_what_is_not_known_of_what_was_granted_is_asked_for_where_it_matters():
    decision = answer("voucher", None, amount=80)
    assert (decision.verdict, decision.within_authority) == ("ask", "0.00")
    assert {one.fact: one.decisive for one in decision.questions} == {
        "granted.agent.voucher.day": False,
        "granted.agent.voucher.week": False,
        "granted.team.voucher.day": False,
    }
    (only,) = answer("voucher", {**lately(), "team": {}}, amount=80).questions
    assert (only.fact, only.decisive) == ("granted.team.voucher.day", True)


def test_nothing_is_asked_where_it_does_not_matter():
    above = answer("voucher", None, amount=300)
    assert (above.verdict, above.rung, above.within_authority) == ("escalate", "boss", "0.00")
    assert answer("voucher", {"agent": {"voucher": {"day": 250}}}, amount=80).verdict == "escalate"


@pytest.mark.parametrize("missing", ["id", "team"])
def test_whoever_is_not_named_has_no_budget(missing: str):
    nobody = {name: value for name, value in AGENT.items() if name != missing}
    decision = answer("voucher", lately(), amount=80, agent=nobody)
    assert (decision.verdict, decision.rung, decision.reasons) == ("escalate", "boss", ("above_budget",))
    said = {"id": "nobody is named whose it is", "team": "no team is named whose it is"}[missing]
    assert said in decision.texts["agent"]


def test_a_rung_that_is_escalated_to_is_not_held_to_the_budget_of_who_asks():
    granted = lately(day=250, month=600)
    assert answer("voucher", granted, amount=80).rung == "boss"
    boss = answer("voucher", granted, amount=80, agent={**AGENT, "role": "boss"})
    assert (boss.verdict, boss.reasons) == ("decline", ("above_budget",))


def test_at_the_top_what_is_left_is_offered_instead():
    decision = answer("voucher", lately(month=400), amount=300, agent={**AGENT, "role": "boss"})
    assert (decision.verdict, decision.within_authority, decision.reasons) == ("counter", "200.00", ("above_budget",))


def test_what_is_above_authority_and_above_the_budget_has_both_reasons():
    decision = answer("voucher", lately(day=250), amount=120)
    assert decision.reasons == ("above_authority", "above_budget")
    assert answer("voucher", lately(), amount=120).reasons == ("above_authority",)
    assert [one.rule for one in decision.why_not] == ["authority", "budget"]


def test_why_not_says_the_budget_what_was_granted_and_when_it_begins_anew():
    decision = answer("voucher", lately(day=200), amount=80)
    (cause,) = decision.why_not
    assert (cause.rule, cause.reason, cause.waivable_by) == ("budget", "above_budget", "boss")
    (condition,) = cause.conditions
    assert (condition.seen, condition.needed) == ("€200.00", "at most €50.00")
    assert condition.text == (
        "the agent's budget for today has €50.00 left: €200.00 of €250.00 granted; it begins anew on June 16, 2026"
    )
    assert condition.text in decision.texts["agent"]
    assert condition.text in decision.texts["auditor"]
    assert "udget" not in decision.texts["customer"]
    assert "I can give you €50.00 right away." in decision.texts["customer"]


def test_a_budget_that_is_used_up_is_said_in_the_language_of_the_pack():
    text = answer("call", lately("call", day=2), "de").texts["agent"]
    assert "das eigene Budget für heute ist aufgebraucht: 2 von 2 gewährt" in text
    assert "neu beginnt es am 16. Juni 2026" in text
    assert "Voucher, diese Woche selbst gewährt" in answer("voucher", None, "de", amount=80).texts["agent"]


@pytest.mark.parametrize(
    ("granted", "moment"),
    [
        (lately(day=250), "2026-06-16T00:00:00+02:00"),
        (lately(day=250, week=1000), "2026-06-22T00:00:00+02:00"),
        (lately(team={"day": 400}), "2026-06-16T00:00:00+02:00"),
    ],
)
def test_it_is_a_yes_from_when_the_budget_begins_anew(granted: dict[str, Any], moment: str):
    assert answer("voucher", granted, amount=80).yes_from == moment


def test_it_is_a_yes_from_the_next_month_where_the_month_is_spent():
    boss = {**AGENT, "role": "boss"}
    granted = lately(day=250, week=400, month=600)
    decision = answer("voucher", granted, amount=200, agent=boss, now="2026-01-31T09:00:00")
    assert decision.yes_from == "2026-02-01T00:00:00+01:00"
    assert "It will be possible from February 1, 2026." in decision.texts["customer"]


def test_no_new_day_helps_against_a_budget_that_is_less_than_what_is_asked():
    assert answer("voucher", lately(day=250), amount=120).yes_from is None


def test_an_earlier_ask_of_a_request_counts_against_the_budget_of_the_later():
    asks = [{"action": "voucher", "amount": 90}, {"action": "call"}] * 3
    body = json.loads(request("voucher", {**lately(), "team": {}}).model_dump_json(exclude={"ask"}))
    body["granted"] = {
        "agent": {"voucher": NOTHING, "call": {"day": 1}},
        "team": {"voucher": {"day": 100}},
    }
    found = decide(desk(), DecisionRequest.model_validate_json(json.dumps({**body, "asks": asks})))
    assert isinstance(found, Decisions)
    assert [one.verdict for one in found.decisions] == ["approve"] * 3 + ["escalate"] * 3
    assert [one.within_authority for one in found.decisions][::2] == ["100.00", "100.00", "70.00"]


def test_what_may_be_offered_shows_what_is_left():
    found = offers(desk(), request("voucher", lately(day=200, team={"day": 30})))
    assert isinstance(found, Offers)
    entry = next(one for one in found.offers if one.action == "voucher")
    assert (entry.verdict, entry.amount, entry.ceilings) == ("approve", "50.00", {"boss": "500.00"})
    assert [(one.whose, one.span, one.budget, one.granted, one.left) for one in entry.budgets] == [
        ("agent", "day", "250.00", "200.00", "50.00"),
        ("agent", "week", "1000.00", "0.00", "1000.00"),
        ("team", "day", "400.00", "30.00", "370.00"),
    ]
    assert entry.budgets[1].renews == "2026-06-22T00:00:00+02:00"
    call = next(one for one in found.offers if one.action == "call")
    assert [(one.budget, one.granted, one.left) for one in call.budgets] == [(2, None, None)]


@pytest.mark.parametrize(
    ("granted", "code", "pointer"),
    [
        ({"agent": {"voucher": {"day": -1}}}, "out-of-range", "/granted/agent/voucher/day"),
        ({"agent": {"voucher": {"day": "much"}}}, "wrong-type", "/granted/agent/voucher/day"),
        ({"agent": {"vaucher": {"day": 1}}}, "unknown-fact", "/granted/agent/vaucher"),
        ({"agent": {"call": {"day": 1.5}}}, "wrong-type", "/granted/agent/call/day"),
    ],
)
def test_what_was_granted_is_checked(granted: dict[str, Any], code: str, pointer: str):
    with pytest.raises(RequestError) as wrong:
        decide(desk(), request("voucher", granted))
    (error,) = wrong.value.problem.errors
    assert (error.code, error.pointer) == (code, pointer)


def test_a_request_that_says_nothing_of_grants_has_the_id_it_always_had():
    asked = request("voucher", None)
    same = asked.model_copy(update={"granted": {}})
    assert decide(desk(), asked).id != decide(desk(), same).id
    assert '"granted"' not in asked.model_dump_json(exclude_none=True)


def test_spans_begin_at_midnight_on_monday_and_on_the_first():
    sunday_night = start_of(first_day(20619, "week") + 7, BERLIN) - HOUR
    monday = sunday_night + 2 * HOUR
    for span in ("day", "week", "month"):
        assert begins(monday, span, BERLIN) <= monday < renews(monday, span, BERLIN)
        assert renews(begins(monday, span, BERLIN), span, BERLIN) == renews(monday, span, BERLIN)
        assert begins(renews(monday, span, BERLIN), span, BERLIN) == renews(monday, span, BERLIN)
    assert begins(sunday_night, "week", BERLIN) < begins(monday, "week", BERLIN)
    assert renews(LAST_DAY * DAY, "month", "UTC") == LAST_DAY * DAY
    assert first_day(FIRST_DAY, "day") == FIRST_DAY


def test_what_was_granted_is_forgotten_span_by_span():
    granted = lately(day=1, week=2, month=3, team={"day": 4})
    noon = start_of(20619, BERLIN) + 12 * HOUR  # 15 June 2026, a Monday
    assert renewed(granted, noon, noon + 11 * HOUR, BERLIN) == granted
    assert renewed(granted, noon, noon + 12 * HOUR, BERLIN) == lately(day=0, week=2, month=3, team={"day": 0})
    assert renewed(granted, noon, noon + 7 * DAY, BERLIN) == lately(day=0, week=0, month=3, team={"day": 0})
    assert renewed(granted, noon, noon + 30 * DAY, BERLIN) == lately(day=0, week=0, month=0, team={"day": 0})
    assert added(granted, "voucher", 10) == lately(day=11, week=12, month=13, team={"day": 14})
    assert added(granted, "call", 10) == granted


SCENARIO = """\
scenarios:
  - name: a day of small gestures ends at the budget
    given:
      facts: {order: {days: 3}}
    as: {role: agent, id: a-1, team: north}
    now: 2026-06-15T09:00:00
    history: []
    granted:
      agent: {voucher: {day: 100, week: 100}}
      team: {voucher: {day: 100}}
    steps:
      - {ask: {action: voucher, amount: 90}, expect: {verdict: approve}}
      - {ask: {action: voucher, amount: 90}, expect: {verdict: escalate, reason: above_budget, within_authority: 60}}
      - {ask: {action: voucher, amount: 60}, expect: {verdict: approve}}
      - {ask: {action: voucher, amount: 90}, now: 2026-06-16T09:00:00, expect: {verdict: approve}}
      - ask: {action: voucher, amount: 90}
        as: {role: agent, id: a-2, team: north}
        expect: {verdict: ask}
      - ask: {action: voucher, amount: 90}
        as: {role: agent, id: a-2, team: north}
        granted: {agent: {voucher: {day: 0, week: 0}}, team: {voucher: {day: 350}}}
        expect: {verdict: escalate, within_authority: 50}
"""


def test_the_steps_of_a_scenario_draw_on_the_budget_until_it_begins_anew(tmp_path: Path):
    folder = write_pack(tmp_path / "tiny", PACK.format(language="en"))
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "gestures.yaml").write_text(SCENARIO, encoding="utf-8")
    (scenario,) = scenarios_of(folder, Diagnostics())
    found = run(load_release(folder), scenario)
    assert [(step.problem, step.differences) for step in found.steps] == [("", ())] * 6


POPULATION = """\
population: callers
pack: tiny
seed: 1
customers: 60
now: 2026-06-15T12:00:00
role: agent
facts:
  order.days: {constant: 3}
asks:
  voucher: {share: 1, amount: {uniform: {low: 10, high: 90}}}
"""


def test_in_a_drawn_population_nothing_was_granted_lately(tmp_path: Path):
    file = tmp_path / "callers.population.yaml"
    file.write_text(POPULATION, encoding="utf-8")
    population = synthetic.read_population(file, desk(), Diagnostics())
    (asks,) = population.batch(0).asks
    decided = Decider(desk(), population.fixed).decide(asks)
    assert set(decided.within.tolist()) == {10_000}
    assert np.all(decided.position == 0)
    assert nothing_granted(desk().policy.pack)["agent"] == dict.fromkeys(desk().policy.plans, NOTHING)


def test_rows_say_what_was_granted_lately(tmp_path: Path):
    file = tmp_path / "asks.csv"
    file.write_text(
        "order.days,agent.role,agent.id,agent.team,now,ask.action,ask.amount,history,"
        "granted.agent.voucher.day,granted.agent.voucher.week,granted.team.voucher.day\n"
        "3,agent,a-1,north,2026-06-15T12:00:00,voucher,80,,100,100,100\n"
        "3,agent,a-1,north,2026-06-15T12:00:00,voucher,80,,200,200,200\n"
        "3,agent,,north,2026-06-15T12:00:00,voucher,80,,0,0,0\n"
        "3,agent,a-1,north,2026-06-15T12:00:00,voucher,80,,,0,0\n",
        encoding="utf-8",
    )
    population = read_population(desk(), file)
    (asks,) = population.batch(0).asks
    decided = Decider(desk(), population.fixed).decide(asks)
    assert decided.within.tolist() == [10_000, 5_000, 0, 0]
    said = [decided.voices[place].reasons for place in decided.voice.tolist()]
    assert said == [("voucher",), ("above_budget",), ("above_budget",), ()]


def test_a_budget_is_set_by_a_patch(tmp_path: Path):
    folder = write_pack(tmp_path / "tiny", PACK.format(language="en"))
    edits = (
        "  - {replace: authority.agent.voucher.per_day, with: 150}\n"
        "  - {remove: authority.agent.voucher.team}\n"
        "  - {replace: authority.agent.call, with: true}\n"
        "  - {add: authority.boss.refund, entry: {each: 300, per_week: 900}}\n"
    )
    file = tmp_path / "tighter.yaml"
    file.write_text(f"patch: tighter\npack: tiny\nedits:\n{edits}", encoding="utf-8")
    found = Diagnostics()
    patch = read_patch(file, found)
    release = patched(folder, patch)
    plans = release.policy.plans
    assert [(one.whose, one.span) for one in plans["voucher"].budgets[2]] == [("agent", "day"), ("agent", "week")]
    assert plans["call"].budgeted is None
    assert [one.span for one in plans["refund"].budgets[3]] == ["week"]
    decision = decide(release, request("voucher", lately(day=60), amount=95))
    assert isinstance(decision, Decision)
    assert decision.within_authority == "90.00"


def test_the_keys_of_a_budget_are_written_in_one_order():
    text = "pack: p\nauthority:\n  agent:\n    call: {team: {per_month: 9, per_day: 1}, per_week: 2, each: true}\n"
    assert format_text(text).endswith(
        "    call:\n      each: true\n      per_week: 2\n      team:\n        per_day: 1\n        per_month: 9\n"
    )


def test_a_rule_reads_what_was_granted_lately(tmp_path: Path):
    text = (
        "actions: {call: {title: Call back}}\n"
        "rules:\n  - {id: few, action: call, when: granted.agent.call.week < 3, allow: true, source: x}\n"
    )
    assert lines(write_pack(tmp_path / "tiny", text), "unknown-fact") == []
    with pytest.raises(PolicyError):
        load_release(write_pack(tmp_path / "other", text.replace("call.week", "call.year")))
