"""The scenarios of packs as tests of pytest, where `--leeway` or the setting `leeway` asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from simulations.scenarios.run import Result
    from simulations.scenarios.scenario import Scenario
    from simulations.scenarios.suite import Suite

HELP = "collect the scenarios beside policy packs, each as a test"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the setting."""
    parser.getgroup("leeway").addoption("--leeway", action="store_true", help=HELP)
    parser.addini("leeway", HELP, type="bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the collector of a file of scenarios; None where it is another file, or nobody asks for scenarios."""
    wanted = parent.config.getoption("leeway") or parent.config.getini("leeway")
    folder = file_path.parent
    if not wanted or file_path.suffix != ".yaml" or folder.name != "scenarios" or file_path.name == "fixtures.yaml":
        return None
    return ScenarioFile.from_parent(parent, path=file_path) if any(folder.parent.glob("*.yaml")) else None


SUITES = pytest.StashKey[dict[Path, "Suite"]]()
"""By folder of a pack: its scenarios, read once a run."""


class ScenarioFile(pytest.File):
    """A file of scenarios."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the scenarios of the file."""
        suite = self._suite(self.path.parent.parent)
        for scenario in suite.scenarios:
            if Path(scenario.mark.file) == self.path:
                yield ScenarioItem.from_parent(self, name=scenario.name, suite=suite, scenario=scenario)

    def _suite(self, folder: Path) -> Suite:
        # pytest imports this module in every run, so what takes time is imported where it is used.
        from engine.language.diagnostics import PolicyError  # noqa: PLC0415
        from engine.release import load_release  # noqa: PLC0415
        from simulations.scenarios.suite import suite_of  # noqa: PLC0415

        suites = self.config.stash.setdefault(SUITES, {})
        try:
            if folder not in suites:
                suites[folder] = suite_of(load_release(folder), folder)
        except PolicyError as problem:
            raise self.CollectError(str(problem)) from None
        return suites[folder]


class NotAsWritten(Exception):
    """A scenario that was not decided as it is written."""

    def __init__(self, result: Result) -> None:
        """Keep the result."""
        super().__init__(result.scenario.name)
        self.result = result


class ScenarioItem(pytest.Item):
    """A scenario."""

    def __init__(self, *, suite: Suite, scenario: Scenario, **of: object) -> None:
        """Keep the scenario and its pack."""
        super().__init__(**of)  # type: ignore[arg-type]  # pytest hands its own arguments on
        self.suite, self.scenario = suite, scenario

    def runtest(self) -> None:
        """Decide it; raise `NotAsWritten` where the answer is another."""
        from simulations.scenarios.run import run  # noqa: PLC0415

        result = run(self.suite.release, self.scenario)
        if not result.passed:
            raise NotAsWritten(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """Return what differs and what decided it, as `leeway test` says it."""
        from simulations.scenarios.outcome import Outcome  # noqa: PLC0415
        from simulations.scenarios.report import details  # noqa: PLC0415

        if not isinstance(excinfo.value, NotAsWritten):
            return str(super().repr_failure(excinfo))
        result = excinfo.value.result
        return "\n".join(details(Outcome(self.suite, (result,), None), result))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the scenario is written."""
        return self.path, self.scenario.mark.line - 1, self.name
