"""The shape of files: what is wrong is said in the author's words, at the place."""

from __future__ import annotations

import time

import pytest

from engine.language.codes import CODES
from engine.language.diagnostics import Diagnostics
from engine.language.reading.read import read_text
from engine.language.reading.shape import check_shape


def findings(text: str, schema: str = "pack") -> list[str]:
    found = Diagnostics()
    tree = read_text(text.encode(), "f.yaml", found)
    assert tree is not None, found.sorted()
    check_shape(tree, schema, found)
    assert {one.code for one in found.sorted()} <= CODES.keys()
    return [str(one).removeprefix("f.yaml:") for one in found.sorted()]


EVERY_CONSTRUCT = """\
pack: airline
title: Airline service desk
owner: customer-care
currency: USD
language: en
timezone: America/New_York
calendar: US-NY
ladder: [ai_agent, agent, supervisor, manager]
desks: [security_team]
as_of: now
customer_id: customer.user_id
uses: [company]
accept: {unused-fact: shared with another pack}
params:
  gesture: 100
  cities: [Paris, Rome]
  extra_bag:
    2024-01-01: 45
    2024-05-01: 50
define:
  flown: reservation.segments.exists(s, s.status in ["flying", "landed"])
  valued:
    value: customer.membership in ["silver", "gold"]
    means: the customer is a silver or gold member
  over(bag): max(tables.oversize(sum(bag.size)), 0)
  near(a, b): a - b < 3
  settled: {any: [valued, {none: [flown]}]}
  fee:
    - if: released
      then: 0
    - if: {any: [flown, valued]}
      then: [{if: flown, then: 1}, {else: 2}]
    - else: months_left * plan.monthly / 2
tables:
  free_bags:
    inputs: {membership: customer.membership, cabin: reservation.cabin}
    outputs: {bags: int}
    hit: unique
    rows:
      - {membership: regular, cabin: [economy, business], bags: 0}
      - {membership: gold, cabin: ">= 10", bags: 4}
      - {cabin: "(1500..3500]", bags: 1}
    else: 0
    source: Bags §3
  route(nth):
    outputs: {team: {enum: [a, b]}, due: date}
    hit: first
    rows: [{nth: 1, team: a}]
    else: {team: b}
actions:
  certificate:
    title: Travel certificate
    kind: credit
    amount: money
    inputs:
      complaint: {enum: [cancelled_flight, delayed_flight]}
      note: {type: [string, "null"], optional: true, maxLength: 200}
    proactive: false
    company_cost: amount
    customer_value: amount
    company_gain: 0
    terms: {valid_until: "add_months(now, 12)"}
    outputs: {cancelled: 'reservation.segments.count(s, s.status == "cancelled")'}
    effects: {reservation.compensated: true}
    promises:
      - {id: sent, due: business_days(2), say: "Your certificate arrives by {due}."}
    instead:
      - change_flights
      - certificate: {complaint: delayed_flight}
    otherwise:
      reason: no_ground
      say: {customer: "..."}
  discount: {amount: int, unit: percent, instead: certificate}
rank: customer_value + company_gain - company_cost
authority:
  agent: {certificate: 200, cancel: true}
  supervisor: {certificate: params.gesture * 5, kind:credit: 10}
  manager: {"*": true}
rules:
  - id: certificate-for-cancelled-flight
    title: Gesture for a cancelled flight
    owner: revenue-care
    action: certificate
    when:
      - ask.complaint == "cancelled_flight"
      - any: [valued, customer.tenure_years >= 10]
      - at_least: 2
        of: [valued, insured, flown]
    unless: flown
    allow:
      up_to: params.gesture * size(reservation.passengers)
    require:
      - verify: reservation.segments
      - confirm: the customer explicitly accepts
      - offer: change_flights
        when: ask.wants == "change"
        met: ask.declined == "change_flights"
    reason: flight_cancelled
    source: Refund §1
    because: [INS-0142]
    effective: {from: 2024-05-01, by: reservation.created_at}
    overrides: [no-refund]
    say:
      customer: "..{amount}.."
      agent: ".."
  - {id: a1, action: [a, b], allow: true}
  - {id: a2, action: "*", except: [a], allow: {exactly: 50}}
  - {id: d1, action: kind:credit, deny: true, when: true, instead: a}
  - {id: d2, deny: final, unless: [a, b]}
  - {id: d3, deny: {waivable_by: supervisor}}
  - {id: c1, cap: {at_most: 300, protects: business, waivable_by: manager}}
  - {id: f1, floor: {at_least: 50, protects: customer}}
  - {id: r1, refer: security_team}
  - {id: q1, require: [{confirm: it}]}
  - {id: t1, tell: {about: by_when, due: business_days(5)}, say: {customer: "By {due}."}}
  - {id: t2, tell: upgrade, say: Let us talk.}
  - {id: u1, follow_up: {to: network, what: review, due: business_days(10)}}
checks:
  - action: limit_increase
    needs:
      - {reason: account_too_young, need: days_since(card.opened) >= tables.cli.min_age}
      - reason: outstanding_balance
        need: [card.balance <= 0, {any: [a, b]}]
        when: ask.amount > 1000
        instead: {pay_balance: {}}
        final: true
        source: Cards §4
        title: Balance
        say: Pay first.
      - {reason: limit, need: true, waivable_by: manager}
"""


def test_every_construct_of_the_language_has_its_place() -> None:
    assert findings(EVERY_CONSTRUCT) == []


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("curency: USD", "1:1: unknown-key: unknown key `curency`; did you mean `currency`?"),
        (
            "rules:\n  - {id: a, whne: b}",
            "2:13: unknown-key: rule `a`: unknown key `whne`; did you mean `when`?",
        ),
        (
            "rules: [{id: a, allow: {upto: 3}}]",
            "1:25: unknown-key: rule `a`: unknown key `upto` in `allow`; did you mean `up_to`?",
        ),
        (
            "rules: [{id: a, deny: {waivable: b}}]",
            "1:24: unknown-key: rule `a`: unknown key `waivable` in `deny`; did you mean `waivable_by`?",
        ),
        (
            "ladder: agent",
            "1:9: wrong-type: `ladder` should be a list, not text; write it as a list: `[agent]`",
        ),
        ("- a", "1:1: wrong-type: the file should be a mapping, not a list"),
        (
            "actions: {a: {proactive: yes}}",
            "1:26: wrong-type: action `a`: `proactive` should be true or false, not text; write `true`",
        ),
        ("owner: 7", '1:8: wrong-type: `owner` should be text, not a number; write it in quotes: `"7"`'),
        (
            "rules:\n  - id: a\n    when:\n",
            "3:5: empty: rule `a`: `when` has no value; "
            "write text, true or false, a list or a mapping, or leave the key out",
        ),
        (
            "rules: [{id: a, allow: {}}]",
            "1:24: empty: rule `a`: `allow` is empty; write it, or leave the key out",
        ),
        ("rules:\n  - title: a", "2:5: missing-key: item 1 of `rules` needs `id`; add `id:`"),
        ("rules: [{id: a, cap: {}}]", "1:17: missing-key: rule `a`: `cap` needs `at_most`; add `at_most:`"),
        (
            "rules: [{id: a, when: {at_least: 2}}]",
            "1:24: missing-key: rule `a`: `at_least` needs `of` beside it; add `of:`",
        ),
        (
            "rules: [{id: a, require: [{when: b}]}]",
            "1:27: missing-key: rule `a`: item 1 of `require` needs one of `verify`, `confirm`, `offer`; add one",
        ),
        (
            "rules: [{id: a, require: [{verify: b, confirm: c}]}]",
            "1:39: too-many-keys: rule `a`: `verify` and `confirm` exclude each other; keep one",
        ),
        (
            "rules: [{id: a, deny: finall}]",
            "1:23: not-allowed-value: rule `a`: `deny` cannot be `finall`; did you mean `final`?",
        ),
        (
            "rules: [{id: a, allow: false}]",
            "1:24: not-allowed-value: rule `a`: `allow` cannot be `false`; leave `allow` out, or write `deny: true`",
        ),
        (
            "tables: {t: {outputs: {a: int}, rows: [], hit: uniqe}}",
            "1:48: not-allowed-value: table `t`: `hit` cannot be `uniqe`; did you mean `unique`?",
        ),
        (
            "tables: {t: {outputs: {a: integer}, rows: []}}",
            "1:27: not-allowed-value: table `t`: `a` cannot be `integer`; did you mean `int`?",
        ),
        ("currency: usd", "1:11: not-allowed-value: `currency` cannot be `usd`; write it as `USD`"),
        (
            'define: {"a b": 3}',
            "1:10: bad-name: `a b` cannot be a name here; use letters, digits and `_`, and begin with a letter",
        ),
        (
            "params: {x: {1 May: 3}}",
            "1:14: bad-name: `1 May` cannot be a name here; write days as 2024-05-01",
        ),
        (
            "actions: {a: {inputs: {amount: {type: number}}}}",
            "1:24: bad-name: action `a`: `amount` cannot be a name here; "
            "`action` and `amount` belong to every ask; choose another",
        ),
        ("desks: [a, b, a]", "1:15: repeated-item: `a` stands twice in `desks`; keep one"),
        (
            "define: {a: [{if: b, then: 1}, {else: 2, if: c, then: 3}]}",
            "1:33: too-many-keys: definition `a`: `else` stands alone in its branch; give it an item of its own",
        ),
        (
            "actions: {a: {foo: 1}}",
            "1:15: unknown-key: unknown key `foo` in `a`",
        ),
        (
            "define: {a: {value: {bogus: [b]}}}",
            "1:22: unknown-key: definition `a`: unknown key `bogus` in `value`; "
            "write one of `all`, `any`, `none`, `at_least`, `of`",
        ),
    ],
)
def test_what_is_wrong_is_said_once_and_plainly(text: str, finding: str) -> None:
    assert findings(text) == [finding]


def test_all_that_is_wrong_with_a_file_is_said_at_once() -> None:
    found = findings("curency: USD\nladder: agent\nrules:\n  - {id: a, allow: {upto: 3}}\n")
    assert [one.split(": ")[1] for one in found] == ["unknown-key", "wrong-type", "unknown-key"]


def test_facts_are_plain_json_schema_with_questions_and_pii() -> None:
    text = """
type: object
properties:
  customer:
    type: object
    properties:
      user_id: {type: string, pii: true}
      membership: {enum: [regular, silver, gold]}
      tenure_years: {type: [integer, "null"], minimum: 0, default: 0}
      balance: {format: money, question: "What is the balance?"}
  payment_methods:
    type: object
    additionalProperties: {$ref: "#/$defs/method"}
  segments: {type: array, items: {type: object, additionalProperties: false}, minItems: 1}
$defs:
  method: {type: object, properties: {source: {const: card}}}
"""
    assert findings(text, "facts") == []


def test_a_required_fact_is_refused_for_absent_is_unknown() -> None:
    (found,) = findings("properties: {a: {type: string}}\nrequired: [a]\n", "facts")
    assert found == (
        "2:1: unknown-key: unknown key `required`; "
        "leave it out: an absent fact is unknown, and becomes a question when it matters"
    )


def test_facts_of_a_map_are_described_or_refused() -> None:
    (found,) = findings("properties: {a: {additionalProperties: true}}", "facts")
    assert "cannot be `true`; write the schema of the values, or `false`" in found


SCENARIOS = """\
scenarios:
  - name: a gold member gets a voucher for a late order
    given: {fixtures: [gold], facts: {order: {days_late: 3}}, unknown: [order.gift]}
    as: {role: agent, channel: chat}
    now: 2024-05-15T15:00:00
    as_of: 2024-05-15
    history: []
    events: [{kind: contact, at: 2024-05-01T10:00:00, topic: router}]
    signals: {repeat_contact: {active: true, count: 3}}
    promises: []
    ask: {action: voucher, amount: 20, wants: voucher}
    expect:
      verdict: approve
      amount: "20.00"
      within_authority: 200
      terms: {valid_until: 2025-05-15}
      outputs: {}
      reason: late
      reasons: [late]
      rules: [voucher-for-late-order, limit_increase.account_too_young]
      alternatives: [refund, {action: voucher, amount: 5, needs: [wants], mutual: true}]
      not_alternatives: [cancel]
      questions: ["order.items[0].days_late", order.gift]
      texts: {customer: voucher, agent: [a, b]}
      requirements: [it, {confirm: it, met: false}]
      promises: [sent, {id: sent, due: 2024-05-17}]
      follow_ups: [network, {to: network, what: review}]
      tells: [upgrade, {about: by_when, due: 2024-05-22}]
      waived: [no-refund]
      final: false
      ready: true
      yes_from: null
      mutual: true
      rung: supervisor
      desk: security
  - name: a second voucher is declined
    as: agent
    steps:
      - {ask: {action: voucher, amount: 20}, expect: {verdict: approve}}
      - ask: {action: voucher, amount: 20}
        as: agent
        now: 2024-06-15
        facts: {a: 1}
        expect: {verdict: decline}
"""


def test_scenarios_have_a_form_of_their_own() -> None:
    assert findings(SCENARIOS, "scenarios") == []


@pytest.mark.parametrize(
    ("case", "finding"),
    [
        ("name: a case\n    ask: {action: a}\n    expect: {}", "`expect` is empty"),
        ("name: a case\n    ask: {action: a}", "needs one of `expect`, `uniform`"),
        ("name: a case", "needs one of `ask`, `steps`"),
        ("name: test_1\n    ask: {action: a}\n    expect: {ready: true}", "`name` cannot be `test_1`"),
        ("name: a case\n    ask: {action: a}\n    expect: {verdict: aprove}", "did you mean `approve`?"),
    ],
)
def test_a_scenario_that_asserts_nothing_is_refused(case: str, finding: str) -> None:
    (found,) = findings(f"scenarios:\n  - {case}\n", "scenarios")
    assert finding in found


def test_fixtures_are_facts_with_names() -> None:
    assert findings("fixtures: {gold: {customer: {membership: gold}}}", "fixtures") == []
    wrong = "1:18: wrong-type: `gold` should be a mapping, not a number"
    assert findings("fixtures: {gold: 3}", "fixtures") == [wrong]


def test_texts_translate_a_pack_by_id() -> None:
    text = """
language: de
rules: {late: {title: Spät, customer: "Sie erhalten {amount}.", agent: Gutschein}}
actions: {voucher: {title: Gutschein, otherwise: Leider nein., promises: {sent: "Er kommt bis {due}."}}}
definitions: {valued: der Kunde ist Stammkunde}
questions: {order.days_late: Wie spät kam es?}
"""
    assert findings(text, "texts") == []
    assert "known here" in findings("language: de\nrules: {a: {kunde: x}}", "texts")[0]


def test_a_file_of_500_rules_is_checked_at_once() -> None:
    rule = """
  - id: rule-{}
    title: Gesture
    action: certificate
    when: [ask.complaint == "cancelled_flight", {{any: [valued, customer.tenure_years >= 10]}}]
    allow: {{up_to: params.gesture}}
    source: Refund §1
"""
    tree = read_text(("rules:" + "".join(rule.format(n) for n in range(500))).encode(), "f.yaml", Diagnostics())
    assert tree is not None
    check_shape(tree, "pack", Diagnostics())
    began = time.perf_counter()
    check_shape(tree, "pack", Diagnostics())
    assert time.perf_counter() - began < 2, "the budget is 0.3 s on a quiet machine"
