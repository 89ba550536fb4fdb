"""Why something cannot be done with what was decided before."""

from __future__ import annotations


class CaseGone(ValueError):
    """The case of a decision is not there any more: its customer was erased."""


class OutcomeProblem(ValueError):
    """An outcome that a decision cannot have: a code, and what to do."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.code = code
