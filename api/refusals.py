"""What a ledger or a desk refuses, as problems that callers read."""

from __future__ import annotations

from typing import Final, TypeAlias

from api.ledger.problems import LedgerProblem
from api.serving.problems import ServingProblem
from schemas.decision import Problem

Refused: TypeAlias = LedgerProblem | ServingProblem
TITLES: Final = {
    409: "This cannot be done as it is",
    500: "Something is wrong with the ledger",
    503: "The ledger cannot be reached now",
}
REFUSED: Final = (LedgerProblem, ServingProblem)


def problem_of(refused: Refused) -> Problem:
    """Return a refusal as RFC 9457 details: 503 where the same may be sent again, 500 for what is wrong here."""
    return Problem(
        type=f"/problems/{refused.code}", title=TITLES[refused.status], status=refused.status, detail=str(refused)
    )
