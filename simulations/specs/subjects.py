"""What gates and objectives are about: measures, of all customers or of a segment, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.language.diagnostics import Diagnostics, Mark, did_you_mean
from engine.program.types import Enum
from simulations.specs.measures import MEASURES, measures
from simulations.specs.simulation import Simulation

UNKNOWN: Final = "unknown"
"""The segment of customers whose own is unknown."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a simulation measures, and of whom; a name that means nothing is reported."""

    simulation: Simulation
    found: Diagnostics

    def check_measure(self, name: str, mark: Mark) -> None:
        """Report a measure that there is not, or not without a response model."""
        known = [one.name for one in measures(self.simulation)]
        if name in known:
            return
        if any(one.name == name for one in MEASURES):
            help = "give `response:` with what it needs"
            self.found.error(mark, "unknown-measure", f"`{name}` needs assumptions that are not made", help)
        else:
            self.found.error(mark, "unknown-measure", f"there is no measure `{name}`", did_you_mean(name, known))

    def check_segment(self, name: str, mark: Mark) -> None:
        """Report a segment that no customer can be in."""
        segment = self.simulation.segment
        if segment is None:
            message = f"there is no segment `{name}`, for customers are not told apart"
            self.found.error(mark, "unknown-segment", message, "say which they are in by `segment:`")
        elif isinstance(segment.type, Enum) and name not in (known := (*segment.type.values, UNKNOWN)):
            self.found.error(mark, "unknown-segment", f"there is no segment `{name}`", did_you_mean(name, known))
