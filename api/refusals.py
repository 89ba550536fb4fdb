"""What a ledger or a desk refuses, as problems that callers read."""

from __future__ import annotations

from typing import Final, TypeAlias

from api.ledger.problems import LedgerProblem, LedgerUnavailable
from api.serving.problems import ServingProblem
from schemas.decision import Problem

Refused: TypeAlias = LedgerProblem | ServingProblem
REFUSED: Final = (LedgerProblem, ServingProblem)


def problem_of(refused: Refused) -> Problem:
    """Return a refusal as RFC 9457 details: 503 where the same may be sent again, else 409."""
    again = isinstance(refused, LedgerUnavailable)
    return Problem(
        type=f"/problems/{refused.code}",
        title="The ledger cannot be reached now" if again else "This cannot be done as it is",
        status=503 if again else 409,
        detail=str(refused),
    )
