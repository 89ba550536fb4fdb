"""What came of a pack's scenarios: each result, why the failing ones were decided so, and what was covered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from simulations.scenarios.conditions import Watched, watched
from simulations.scenarios.coverage import Coverage
from simulations.scenarios.run import Answered, Result
from simulations.scenarios.suite import Suite
from simulations.scenarios.why import why


@dataclass(frozen=True)
class Outcome:
    """A pack's scenarios, run."""

    suite: Suite
    results: tuple[Result, ...]
    coverage: Coverage | None

    @property
    def pack(self) -> str:
        """The pack's name."""
        return self.suite.release.policy.pack.header.name

    @property
    def failed(self) -> tuple[Result, ...]:
        """The scenarios that were not decided as expected."""
        return tuple(result for result in self.results if not result.passed)

    @cached_property
    def _watched(self) -> Watched:
        return watched(self.suite.release.policy.pack) if self.coverage is None else self.coverage.watched

    def why(self, step: Answered) -> tuple[str, ...]:
        """Return lines that say what decided a step."""
        return why(self._watched, step)

    def reaches(self, percent: float) -> bool:
        """Return whether so much was covered."""
        return self.coverage is None or self.coverage.share() >= percent


def outcome_of(suite: Suite, covered: bool, after: Callable[[Result], None] = lambda _: None) -> Outcome:
    """Return what comes of a suite, with coverage where it is wanted; `after` is called with each result."""
    coverage = Coverage(watched(suite.release.policy.pack)) if covered else None
    results = []
    for result in suite.results():
        if coverage is not None:
            coverage.add(result)
        results.append(result)
        after(result)
    return Outcome(suite, tuple(results), coverage)
