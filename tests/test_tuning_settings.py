"""A release whose parameters are inputs decides as a patched one does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from asked_rows import step_request

from engine.backends.reference import Reference
from engine.case import asked_of, case_of
from engine.language.diagnostics import Diagnostics
from engine.release import Release, load_release
from simulations.patches.patched import patched
from simulations.patches.read import read_patch
from simulations.scenarios.suite import suite_of
from simulations.tuning.opening import Open, opened
from simulations.tuning.searching import Setting

TELECOM = Path("rules/telecom")
SETTING: Setting = (("goodwill_year", Decimal(60)), ("keep_percent", Decimal(25)), ("point", Decimal("6.5")))
PATCH = """\
patch: other
pack: telecom
edits:
  - set: params.goodwill_year
    to: 60
  - set: params.keep_percent
    to: 25
  - set: params.point
    to: 6.5
"""


@pytest.fixture(scope="module")
def telecom() -> Release:
    return load_release(TELECOM)


def cases(release: Release) -> list[tuple[str, dict[str, object]]]:
    """Return the action and inputs of the first step of every third scenario."""
    found = []
    for scenario in suite_of(release, TELECOM).scenarios[::3]:
        request = step_request(release, scenario)
        case = case_of(release, request, "r")
        assert request.ask is not None
        found.append((request.ask.action, asked_of(release, case, request.ask).inputs))
    return found


def with_setting(open_: Open, setting: Setting, inputs: dict[str, object]) -> dict[str, object]:
    values = Reference(inputs)
    kept = {name: values.value(node) for name, node in open_.kept.nodes.items()}
    known = {name: value for name, value in kept.items() if value is not None}
    return {**inputs, **known, **{one.name: value for one, value in open_.values(setting)}}


def differing(release: Release, open_: Open, setting: Setting) -> list[tuple[str, str]]:
    """Return the actions and stages on which the open release and the other differ, over all cases."""
    wrong = []
    for action, inputs in cases(release):
        both = [(release, inputs), (open_.release, with_setting(open_, setting, inputs))]
        first: list[tuple[object, ...]] = [(), ()]
        for stage in release.policy.program.stages(action):
            found = [one.compiled.stage(action, stage.name)(given, first[at]) for at, (one, given) in enumerate(both)]
            first = [earlier or seen for earlier, seen in zip(first, found, strict=True)]
            if repr(found[0]) != repr(found[1]):
                wrong.append((action, stage.name))
    return wrong


def test_with_its_own_values_an_open_release_decides_as_before(telecom: Release) -> None:
    own: Setting = (("goodwill_year", Decimal(120)), ("keep_percent", Decimal(10)), ("offer_window_days", Decimal(90)))
    open_ = opened(telecom, [name for name, _ in own])
    assert min(map(len, open_.inputs.values())) > 0
    wrong = differing(telecom, open_, own)
    assert wrong == []


def test_a_setting_decides_as_the_patch_that_writes_it(telecom: Release, tmp_path: Path) -> None:
    file = tmp_path / "patch.yaml"
    file.write_text(PATCH, encoding="utf-8")
    release = patched(TELECOM, read_patch(file, Diagnostics()))
    open_ = opened(release, [name for name, _ in SETTING])
    wrong = differing(release, open_, SETTING)
    assert wrong == []
    other = (SETTING[0], SETTING[1], ("point", Decimal(7)))
    file.write_text(PATCH.replace("6.5", "7"), encoding="utf-8")
    wrong = differing(patched(TELECOM, read_patch(file, Diagnostics())), open_, other)
    assert wrong == []
    changed = len(differing(release, open_, other))
    assert changed > 0
