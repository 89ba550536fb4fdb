"""Why somebody may not answer an escalation, or why it cannot be filed or answered any more."""

from __future__ import annotations

from api.access.problems import AccessProblem
from api.serving.problems import ServingProblem


class RungTooLow(AccessProblem):
    """Whoever answers does not have the rung that was asked, nor one above it."""

    code = "rung-too-low"
    help = "the approval says which rung is asked: have somebody of that rung, or of a higher one, answer"

    def __init__(self) -> None:
        super().__init__("this is for a higher rung to answer")


class ApproverUnknown(AccessProblem):
    """Nobody says who answers."""

    code = "approver-unknown"
    help = "say `agent.id`, or answer by a credential that belongs to one agent"

    def __init__(self) -> None:
        super().__init__("an approval is answered by somebody who is known, and nobody says who this is")


class OwnApproval(AccessProblem):
    """Whoever answers is who asked."""

    code = "own-approval"
    help = "have somebody else answer, by another credential than the one that decided it and the one that filed it"

    def __init__(self) -> None:
        super().__init__("nobody answers what they asked for themselves")


class ApprovalExpired(ServingProblem):
    """It is too late to ask, or to answer."""

    code = "approval-expired"

    def __init__(self) -> None:
        super().__init__("the time in which this could be approved is over; ask for the decision again")


class AlreadyAnswered(ServingProblem):
    """Somebody answered before."""

    code = "already-answered"

    def __init__(self) -> None:
        super().__init__("this was answered before, and the first answer stands")
