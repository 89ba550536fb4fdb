"""Scenarios: read, run, compared key by key, and counted as coverage."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starter import cases, leeway, starter

from engine.language.diagnostics import Diagnostics, PolicyError
from simulations.scenarios.compare import absent, among, contains, described, in_order, same, whole
from simulations.scenarios.facts import merged, without
from simulations.scenarios.read import scenarios_of

HEAD = """\
- name: a late order gets a voucher
  given:
    fixtures: [late_order]
  as: agent
  now: 2026-03-05T10:00:00
  history: []
  ask:
    action: voucher
  expect:
"""
STEPS = """\
- name: what was given counts at the next step
  given:
    fixtures: [late_order]
    facts:
      order:
        total: 400
  as: supervisor
  now: 2026-03-05T10:00:00
  history: []
  steps:
    - ask:
        action: voucher
        amount: 60
      expect:
        verdict: approve
    - ask:
        action: voucher
        amount: 60
      as: agent
      expect:
        verdict: escalate
        within_authority: 20
    - ask:
        action: voucher
        amount: 60
      now: 2027-03-06T10:00:00
      expect:
        verdict: approve
"""


def failures(folder: Path, text: str) -> list[str]:
    """Return the lines that say what differs, without their places."""
    result = leeway("test", cases(folder, text), "--json")
    steps = [step for one in json.loads(result.stdout)["packs"][0]["scenarios"] for step in one["steps"]]
    differences = [one for step in steps for one in step["differences"]]
    return [f"{one['key']}: {one['expected']} {one['seen']}" for one in differences] + [
        step["problem"] for step in steps if step["problem"]
    ]


def found(folder: Path) -> list[str]:
    """Return what is wrong with scenario files, without their folder."""
    with pytest.raises(PolicyError) as caught:
        scenarios_of(folder, Diagnostics())
    return [str(one).removeprefix(f"{folder.as_posix()}/scenarios/") for one in caught.value.diagnostics]


def test_a_case_that_is_decided_as_written_passes(tmp_path: Path) -> None:
    assert failures(tmp_path, HEAD + "    verdict: approve\n    amount: 16\n") == []


def test_an_amount_is_compared_by_value_however_it_is_written(tmp_path: Path) -> None:
    assert failures(tmp_path, HEAD + "    amount: '16.00'\n    within_authority: 16.0\n") == []


def test_each_expectation_that_fails_is_said_with_what_was_seen(tmp_path: Path) -> None:
    expect = "    verdict: counter\n    amount: 20\n    reason: voucher-for-a-late-order\n"
    assert failures(tmp_path, HEAD + expect) == ["verdict: counter approve", "amount: 20 16.00"]


def test_a_failing_case_says_where_and_which_values_decided_it(tmp_path: Path) -> None:
    pack = cases(tmp_path, HEAD + "    verdict: decline\n")
    result = leeway("test", pack)
    assert result.exit_code == 1
    assert f"{pack.as_posix()}/scenarios/vouchers.yaml:11:7: verdict: expected decline, seen approve" in result.stdout
    assert "  decided `approve`, reasons: voucher-for-a-late-order" in result.stdout
    assert f"  true: allow `voucher-for-a-late-order` ({pack.as_posix()}/vouchers.yaml:34:5)" in result.stdout
    assert "  false: allow `more-for-gold-members`" in result.stdout
    assert "      false: days_late > 7" in result.stdout
    assert "starter: 0 passed, 1 failed" in result.stdout


def test_a_failing_case_that_asks_names_the_missing_facts(tmp_path: Path) -> None:
    text = HEAD.replace("fixtures: [late_order]", "fixtures: [late_order]\n    unknown: [order.delivered]")
    result = leeway("test", cases(tmp_path, text + "    verdict: approve\n"))
    assert "missing: order.delivered" in result.stdout
    assert "unknown: has(order.delivered)" not in result.stdout
    assert "      unknown: late" in result.stdout


def test_a_case_that_cannot_be_decided_fails_with_the_reason(tmp_path: Path) -> None:
    text = HEAD.replace("action: voucher", "action: vouchers") + "    verdict: approve\n"
    assert failures(tmp_path, text) == ["/ask/action: unknown-action: the pack has no such action"]


def test_a_case_without_a_clock_fails(tmp_path: Path) -> None:
    text = HEAD.replace("  now: 2026-03-05T10:00:00\n", "") + "    verdict: approve\n"
    assert failures(tmp_path, text) == ["the engine has no clock; say `now`, ISO 8601"]


def test_what_is_granted_enters_history_and_the_clock_moves_by_step(tmp_path: Path) -> None:
    assert failures(tmp_path, STEPS) == []


def test_what_is_granted_changes_facts_by_the_effects_of_the_action(tmp_path: Path) -> None:
    pack = cases(tmp_path, STEPS.replace("within_authority: 20", "within_authority: 0"))
    path = pack / "vouchers.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    promises:", "    effects:\n      order.total: money_zero\n    promises:").replace(
        "define:", "define:\n  money_zero: order.total * 0", 1), encoding="utf-8")  # fmt: skip
    result = leeway("test", pack, "--json")
    steps = json.loads(result.stdout)["packs"][0]["scenarios"][0]["steps"]
    assert [step["passed"] for step in steps] == [True, False, False]
    assert steps[1]["differences"][0]["seen"] == "decline"


def test_facts_of_a_step_go_over_those_of_the_step_before(tmp_path: Path) -> None:
    step = "      facts:\n        order:\n          delivered: 2026-03-01\n      expect:\n        verdict: decline\n"
    text = STEPS[: STEPS.rindex("      now: 2027")] + step
    assert failures(tmp_path, text) == []


def test_an_empty_expect_is_an_error(tmp_path: Path) -> None:
    lines = found(cases(tmp_path, HEAD.replace("  expect:\n", "  expect: {}\n")))
    assert lines == ["vouchers.yaml:10:13: empty: scenario `a late order gets a voucher`: `expect` is empty; "
                     "write it, or leave the key out"]  # fmt: skip


def test_a_fixture_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    lines = found(cases(tmp_path, HEAD.replace("late_order", "late_ordr") + "    verdict: approve\n"))
    assert lines == ["vouchers.yaml:4:18: unknown-fixture: there is no fixture `late_ordr`; did you mean `late_order`?"]


def test_a_fact_to_take_out_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    text = HEAD.replace("fixtures: [late_order]", "fixtures: [late_order]\n    unknown: [order.size]")
    lines = found(cases(tmp_path, text + "    verdict: approve\n"))
    assert lines[0].startswith("vouchers.yaml:5:17: unknown-fact: there is no fact at `order.size` to take out")


def test_a_sentence_names_one_case_only(tmp_path: Path) -> None:
    text = HEAD + "    verdict: approve\n"
    assert "name-clash" in found(cases(tmp_path, text + text))[0]


@pytest.mark.parametrize(
    ("expect", "code"),
    [
        ("not_rules: [voucher-for-late-order]", "unknown-rule"),
        ("rung: superviser", "unknown-rung"),
        ("desk: fraud", "unknown-desk"),
        ("not_alternatives: [vouchr]", "unknown-action"),
        ("alternatives: [{action: vouchr}]", "unknown-action"),
    ],
)
def test_an_expectation_of_what_the_pack_does_not_have_is_an_error(tmp_path: Path, expect: str, code: str) -> None:
    result = leeway("test", cases(tmp_path, HEAD + f"    {expect}\n"))
    assert result.exit_code == 1
    assert f": {code}: " in result.stderr


def test_check_reports_what_is_wrong_with_scenarios_too(tmp_path: Path) -> None:
    result = leeway("check", cases(tmp_path, HEAD + "    rung: superviser\n"))
    assert result.exit_code == 1
    assert "unknown-rung" in result.stdout


def test_coverage_of_the_starter_pack_is_whole(tmp_path: Path) -> None:
    result = leeway("test", starter(tmp_path), "--min-coverage", "100")
    assert result.exit_code == 0
    assert "coverage: 100.0 %" in result.stdout


def test_coverage_lists_the_sides_that_no_case_shows(tmp_path: Path) -> None:
    pack = cases(tmp_path, HEAD + "    verdict: approve\n")
    result = leeway("test", pack, "--coverage")
    assert result.exit_code == 0
    place = f"{pack.as_posix()}/vouchers.yaml"
    assert f"{place}:34:5: not seen false: `voucher-for-a-late-order`" in result.stdout
    assert f"{place}:10:12: not seen false: `has(order.delivered)`" in result.stdout
    assert f"{place}:49:9: not seen true: `days_late > 7`" in result.stdout
    assert f'{place}:14:34: not seen true: `h.verdict == "approve"`' in result.stdout
    assert "most-a-year" not in "".join(line for line in result.stdout.splitlines() if "not seen" in line)


def test_conditions_inside_quantifiers_count_once_an_item(tmp_path: Path) -> None:
    entry = "\n    - {id: H-1, action: voucher, verdict: approve, amount: 1, at: 2026-01-01T00:00:00}"
    pack = cases(tmp_path, HEAD.replace(" []", entry) + "    verdict: approve\n")
    unseen = [line for line in leeway("test", pack, "--coverage").stdout.splitlines() if "h." in line]
    assert [line.split(": ", 1)[1] for line in unseen] == [
        'not seen false: `h.verdict == "approve"`',
        "not seen false: `h.at > now - days(365)`",
    ]


def test_a_negated_condition_is_seen_as_it_is_written(tmp_path: Path) -> None:
    pack = cases(tmp_path, HEAD + "    verdict: approve\n")
    path = pack / "vouchers.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    when: late\n", "    when: late\n    unless: '!late'\n"), encoding="utf-8")
    unseen = [line for line in leeway("test", pack, "--coverage").stdout.splitlines() if "late`" in line]
    assert [line.split(":", 1)[1].split(": ", 1)[1] for line in unseen if ":38:" in line] == ["not seen true: `!late`"]


def test_too_little_coverage_fails(tmp_path: Path) -> None:
    result = leeway("test", cases(tmp_path, HEAD + "    verdict: approve\n"), "--min-coverage", "90")
    assert result.exit_code == 1
    assert "starter: coverage is below 90 %" in result.stderr


def test_results_as_junit_name_each_case_and_what_failed(tmp_path: Path) -> None:
    result = leeway("test", cases(tmp_path, HEAD + "    verdict: decline\n" + STEPS), "--format", "junit")
    suite = ElementTree.fromstring(result.stdout)[0]
    assert suite.attrib == {"name": "starter", "tests": "2", "failures": "1"}
    assert suite[0][0].attrib["message"] == "verdict: expected decline, seen approve"
    assert len(suite[1]) == 0


def test_results_for_github_mark_the_lines(tmp_path: Path) -> None:
    pack = cases(tmp_path, HEAD + "    verdict: decline\n")
    result = leeway("test", pack, "--format", "github", "--coverage")
    first, *rest = result.stdout.splitlines()
    assert first == (
        f"::error file={pack.as_posix()}/scenarios/vouchers.yaml,line=11,col=7,"
        "title=a late order gets a voucher::verdict: expected decline, seen approve"
    )
    assert all(line.startswith("::warning ") for line in rest)


@pytest.mark.parametrize(
    ("expected", "seen", "holds"),
    [
        (20, "20.00", True),
        ("20", "20.00", True),
        (0.1, "0.10", True),
        (True, 1, False),
        (1, True, False),
        (None, None, True),
        (None, 0, False),
        ("1e2", "100", False),
        ("2026-03-01", "2026-03-01T10:00:00+01:00", True),
        ("2026-03-01T10:00:00", "2026-03-01T10:00:00+01:00", True),
        ("2026-03-01T09:00:00Z", "2026-03-01T10:00:00+01:00", True),
        ("2026-03-01T09:00:00", "2026-03-01T10:00:00+01:00", False),
        ("202", "2026-03-01", False),
        ([1, 2], ["1", "2.0"], True),
        ([1], [1, 1], False),
        ({"a": 1}, {"a": "1.0"}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
    ],
)
def test_values_are_the_same_by_what_they_mean(expected: object, seen: object, holds: bool) -> None:
    assert same(expected, seen) is holds


def test_lists_are_compared_as_their_keys_say() -> None:
    assert among(["a"], ["b", "a"])
    assert not among(["c"], ["b", "a"])
    assert absent(["c"], ["a"])
    assert whole(["b", "a"], ["a", "b"])
    assert not whole(["a"], ["a", "b"])
    assert in_order(
        ["a", {"action": "c", "amount": 5}], [{"action": "a"}, {"action": "b"}, {"action": "c", "amount": "5"}]
    )
    assert not in_order(["b", "a"], [{"action": "a"}, {"action": "b"}])


def test_records_in_a_list_are_all_told_and_none_is_left_over() -> None:
    agrees = described("id")
    seen = [{"id": "sent", "due": "2026-03-07", "say": "It is sent by 7 March."}]
    assert agrees([{"id": "sent", "say": "by 7 march"}], seen)
    assert agrees(["sent"], seen)
    assert not agrees([], seen)
    assert not agrees(["sent", "sent"], seen)


def test_words_are_found_whatever_their_case() -> None:
    assert contains(["Sorry", "voucher"], "We're sorry. Here is a voucher.")
    assert not contains("refund", "We're sorry.")


def test_facts_merge_member_by_member_and_lists_as_a_whole() -> None:
    below = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    assert merged(below, {"a": {"c": [3]}, "d": {"e": 2}}) == {"a": {"b": 1, "c": [3]}, "d": {"e": 2}}


def test_facts_are_taken_out_by_path_through_lists_too() -> None:
    facts = {"a": [{"b": 1, "c": 2}, {"b": 3}], "d": {"e": 1}}
    assert without(facts, "a[0].b") == {"a": [{"c": 2}, {"b": 3}], "d": {"e": 1}}
    assert without(facts, "a[].b") == {"a": [{"c": 2}, {}], "d": {"e": 1}}
    assert without(facts, "a[1]") == {"a": [{"b": 1, "c": 2}], "d": {"e": 1}}
    assert without(facts, "d.x") is None
