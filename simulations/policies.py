"""The policies of a simulation: the baseline, and each candidate with its edits."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engine.language.diagnostics import Diagnostics
from engine.release import Release
from simulations.comparing.compare import Identity
from simulations.measuring.job import Variant
from simulations.patches.patch import Patch
from simulations.patches.patched import patched
from simulations.patches.read import read_patch
from simulations.specs.simulation import Candidate, Simulation


@dataclass(frozen=True)
class Policies:
    """A simulation's policies over the release of its pack."""

    simulation: Simulation
    pack: Release
    _patches: dict[Path, Patch] = field(default_factory=dict)
    """Those read so far, by file."""

    @cached_property
    def earlier(self) -> Patch | None:
        """The patch that the baseline has on top of the pack."""
        file = self.simulation.baseline
        return None if file is None else self._read(file)

    @cached_property
    def baseline(self) -> Release:
        """The release that every candidate is held against."""
        return self.pack if self.earlier is None else patched(self.simulation.pack, self.earlier)

    def patch(self, candidate: Candidate) -> Patch | None:
        """Return the patch of a candidate; raise `PolicyError` with all that is wrong with it."""
        return None if candidate.patch is None else self._read(candidate.patch)

    def release(self, candidate: Candidate) -> Release:
        """Return the release of a candidate.

        A patch goes on top of the baseline. A candidate without one is the pack as it is: it undoes the baseline's.
        """
        patch = self.patch(candidate)
        return self.pack if patch is None else self.with_patch(patch)

    def with_patch(self, patch: Patch) -> Release:
        """Return the baseline with a patch."""
        return patched(self.simulation.pack, patch, base=self.earlier)

    def variant(self, candidate: Candidate, edits: frozenset[int]) -> Variant:
        """Return the baseline with some of a candidate's edits alone; the candidate has some."""
        patch = self.patch(candidate)
        if patch is not None:
            return Variant(self.simulation.pack, patch, edits, self.earlier)
        assert self.earlier is not None
        kept = frozenset(range(len(self.earlier.edits))) - edits
        return Variant(self.simulation.pack, self.earlier, kept, None)

    def told(self, candidate: Candidate, release: Release) -> Identity:
        """Return how reports call a candidate."""
        patch = self.patch(candidate)
        if patch is not None:
            edits = tuple(edit.title for edit in patch.edits)
            return Identity(candidate.name, patch.title, release.policy.release, edits)
        undone = () if self.earlier is None else tuple(f"no longer: {edit.title}" for edit in self.earlier.edits)
        return Identity(candidate.name, "the pack as it is", release.policy.release, undone)

    def _read(self, file: Path) -> Patch:
        if file not in self._patches:
            self._patches[file] = read_patch(file, Diagnostics())
        return self._patches[file]
