"""The same answer whoever is asked and wherever: what makes answers uneven, and what is authority alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from packs import write_pack
from starter import leeway

from engine.release import load_release
from simulations.scenarios.outcome import outcome_of
from simulations.scenarios.report import details
from simulations.scenarios.run import Result
from simulations.scenarios.suite import suite_of
from simulations.scenarios.uniform import ELSEWHERE, channels_named

PACK = """\
actions:
  voucher: {amount: money, terms: {days: order.days}, outputs: {total: order.total}}
  call: {}
authority:
  ai: {voucher: 5, call: true}
  agent: {voucher: 20}
  boss: {"*": true}
rules:
  - {id: late, action: voucher, when: order.days > 3, allow: {up_to: 50}}
  - {id: small, action: voucher, when: order.total < 10, deny: {waivable_by: boss}}
  - {id: call, action: call, allow: true}
"""
CASE = """\
scenarios:
  - name: a late order is worth the same everywhere
    given: {facts: {order: {days: 5, total: "TOTAL", level: gold}}}
    now: 2026-01-05T12:00:00Z
    history: []
    ask: {action: voucher, amount: 10}
    uniform: UNIFORM
"""
BY_CHANNEL = "  - {id: not-by-chat, action: voucher, when: channel == 'chat', deny: true}\n"
BY_ID = "  - {id: not-by-me, action: voucher, when: agent.id == 'a-17', deny: true}\n"
BY_ROLE = "  - {id: hand-over, action: voucher, when: agent.role == 'ai', tell: cannot, say: Ask a person.}\n"


def tried(tmp_path: Path, more: str = "", uniform: str = "true", total: str = "50") -> tuple[Result, list[str]]:
    """Return the result of the case under a pack with some more rules, and the lines that say what is wrong."""
    folder = written(tmp_path, more, uniform, total)
    outcome = outcome_of(suite_of(load_release(folder), folder), covered=True)
    (result,) = outcome.results
    return result, [line.partition(": ")[2] if "/" in line else line for line in details(outcome, result)]


def written(tmp_path: Path, more: str = "", uniform: str = "true", total: str = "50") -> Path:
    folder = write_pack(tmp_path / "tiny", PACK + more)
    (folder / "scenarios").mkdir()
    text = CASE.replace("UNIFORM", uniform).replace("TOTAL", total)
    (folder / "scenarios" / "cases.yaml").write_text(text, encoding="utf-8")
    return folder


def test_answers_that_differ_by_authority_alone_are_uniform(tmp_path: Path) -> None:
    result, lines = tried(tmp_path)
    assert result.passed
    assert lines == []
    verdicts = {(step.step.asker.role, step.decision.verdict) for step in result.steps if step.decision is not None}
    assert verdicts == {(None, "escalate"), ("ai", "escalate"), ("agent", "approve"), ("boss", "approve")}


def test_what_a_rung_waives_is_authority_too(tmp_path: Path) -> None:
    assert tried(tmp_path, total="5")[0].passed


def test_a_case_is_tried_on_each_channel_that_the_policy_names_on_another_and_on_none(tmp_path: Path) -> None:
    when = "channel in ['chat', 'shop'] || channel == 'phone'"
    named = f'  - {{id: no, action: call, when: "{when}", deny: true}}\n'
    release = load_release(write_pack(tmp_path / "tiny", PACK + named))
    assert channels_named(release.policy) == ("chat", "phone", "shop")
    result, _ = tried(tmp_path / "other", named)
    assert {step.step.asker.channel for step in result.steps} == {None, "chat", "phone", "shop", ELSEWHERE}


def test_a_rule_that_reads_the_channel_is_found_with_who_gets_what(tmp_path: Path) -> None:
    result, lines = tried(tmp_path, BY_CHANNEL)
    assert not result.passed
    assert lines[2] == (
        "answers to `agent` differ: approve of 10.00 for `late` (no channel, `elsewhere`); "
        "decline for `not-by-chat` (`chat`)"
    )
    assert lines[-2:] == [
        "`boss`: approve of 10.00 for `late` (no channel, `elsewhere`)",
        "`boss`: decline for `not-by-chat` (`chat`)",
    ]


def test_a_rule_that_reads_who_is_asked_is_found_where_ids_are_tried(tmp_path: Path) -> None:
    assert tried(tmp_path / "all", BY_ID)[0].passed
    result, lines = tried(tmp_path / "ids", BY_ID, "{channels: [phone], ids: [a-17, a-18]}")
    assert not result.passed
    assert "answers to `agent` differ: decline for `not-by-me` (`phone` as `a-17`); approve" in "\n".join(lines)


def test_words_that_differ_by_channel_are_found(tmp_path: Path) -> None:
    result, _ = tried(tmp_path, "  - {id: hello, action: voucher, tell: can, say: 'Thank you for the {channel}.'}\n")
    assert result.uneven[2] == (
        "answers to `agent` differ in `tell`, `texts`: approve of 10.00 for `late` (no channel, `elsewhere`)"
    )


def test_a_rule_that_speaks_for_some_rungs_alone_is_found(tmp_path: Path) -> None:
    result, lines = tried(tmp_path, BY_ROLE)
    assert result.uneven == ("rule `hand-over` applies for `ai` alone",)
    assert lines[0] == "rule `hand-over` applies for `ai` alone"


def test_an_uneven_case_fails_the_test_of_the_pack_where_it_says_uniform(tmp_path: Path) -> None:
    folder = written(tmp_path, BY_CHANNEL)
    result = leeway("test", folder)
    assert result.exit_code == 1
    assert f"{folder.as_posix()}/scenarios/cases.yaml:7:5: answers to no role differ: " in result.stdout
    assert leeway("test", folder, "--format", "github").stdout.startswith("::error file=")


def test_a_uniform_case_that_cannot_be_decided_fails_once(tmp_path: Path) -> None:
    result, lines = tried(tmp_path, total="much")
    assert not result.passed
    assert len(lines) == 1


def test_uniform_asks_everybody_so_it_names_nobody(tmp_path: Path) -> None:
    folder = written(tmp_path)
    file = folder / "scenarios" / "cases.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "    as: agent\n", encoding="utf-8")
    assert ": too-many-keys: `as` and `uniform` exclude each other" in leeway("check", folder).stdout


@pytest.mark.parametrize("both", ["    expect: {verdict: approve}\n", "    uniform: false\n"])
def test_uniform_takes_the_place_of_expect(tmp_path: Path, both: str) -> None:
    folder = written(tmp_path)
    file = folder / "scenarios" / "cases.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + both if "expect" in both else text.replace("    uniform: true\n", both), encoding="utf-8")
    assert leeway("check", folder).exit_code == 1
