"""Scenarios as tests of pytest: collected when asked for, and failing with what `leeway test` says."""

from __future__ import annotations

import pytest
from starter import STARTER, cases, leeway

pytest_plugins = "pytester"
PLUGIN = ("-p", "simulations.scenarios.collecting")
CASE = """\
- name: a late order gets a voucher
  given:
    fixtures: [late_order]
  as: agent
  now: 2026-03-05T10:00:00
  history: []
  ask:
    action: voucher
  expect:
    verdict: VERDICT
"""


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import all that a run needs: pytester forgets what a run imports, and the C part of YAML cannot come twice."""
    assert leeway("test", STARTER).exit_code == 0


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what else is installed, which each run would import anew."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def ran(pytester: pytest.Pytester, verdict: str, *options: str) -> pytest.RunResult:
    """Return what pytest makes of a pack with one case."""
    cases(pytester.path, CASE.replace("VERDICT", verdict))
    return pytester.runpytest_inprocess(*PLUGIN, *options)


def test_scenarios_are_not_collected_unless_asked_for(pytester: pytest.Pytester) -> None:
    assert ran(pytester, "approve").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_scenario_is_a_test_named_by_its_sentence(pytester: pytest.Pytester) -> None:
    result = ran(pytester, "approve", "--leeway", "--verbose")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*scenarios/vouchers.yaml::a late order gets a voucher PASSED*"])


def test_a_setting_collects_them_too(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nleeway = true\n")
    ran(pytester, "approve").assert_outcomes(passed=1)


def test_a_scenario_that_fails_says_what_decided_it(pytester: pytest.Pytester) -> None:
    result = ran(pytester, "decline", "--leeway")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "*/scenarios/vouchers.yaml:11:7: verdict: expected decline, seen approve",
        "decided `approve`, reasons: voucher-for-a-late-order",
    ])  # fmt: skip


def test_a_pack_that_is_wrong_is_an_error_with_its_diagnostics(pytester: pytest.Pytester) -> None:
    folder = cases(pytester.path, CASE.replace("VERDICT", "approve"))
    (folder / "vouchers.yaml").write_text("rules: [{id: a, alow: true}]\n", encoding="utf-8")
    result = pytester.runpytest_inprocess(*PLUGIN, "--leeway")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*vouchers.yaml:1:17: unknown-key: rule `a`: unknown key `alow`*"])


def test_a_folder_of_scenarios_without_a_pack_is_left_alone(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("scenarios")
    (folder / "cases.yaml").write_text("a: 1\n", encoding="utf-8")
    assert pytester.runpytest_inprocess(*PLUGIN, "--leeway").ret == pytest.ExitCode.NO_TESTS_COLLECTED
