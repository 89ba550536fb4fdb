"""Why a desk does not do what is asked of it beside what the ledger and the engine say."""

from __future__ import annotations

from typing import ClassVar

from schemas.decision import Decision


class ServingProblem(Exception):
    """Anything that a desk refuses; nothing was written."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409


class UnknownDecision(ServingProblem):
    """There is no decision of this id."""

    code = "unknown-decision"

    def __init__(self, id: str) -> None:
        """Name it."""
        super().__init__(f"there is no decision `{id}` in the ledger; give the `id` of a decision that was recorded")


class IdTaken(ServingProblem):
    """A request has the id of another one that was decided."""

    code = "id-taken"

    def __init__(self, id: str) -> None:
        """Name it."""
        super().__init__(f"`{id}` is the id of another request that was decided; give each request an id of its own")


class NoLongerGranted(ServingProblem):
    """What was offered may not be granted any more."""

    code = "no-longer-granted"

    def __init__(self, decision: Decision) -> None:
        """Keep what the answer would be now."""
        why = ", ".join(decision.reasons) or decision.verdict
        super().__init__(f"what was offered may not be granted any more ({why}); ask again, and offer what may be now")
        self.decision = decision


class AlreadyGranted(ServingProblem):
    """What was offered was granted before."""

    code = "already-granted"

    def __init__(self, id: str) -> None:
        """Name the decision."""
        super().__init__(f"what decision `{id}` offered was granted before; nothing more was granted")


class HistoryTooLong(ServingProblem):
    """There is more on a customer than can be looked through before something is granted."""

    code = "history-too-long"

    def __init__(self) -> None:
        """Say so."""
        super().__init__("this customer has more decisions and promises than can be looked through; ask a person")


class EventUnfit(ServingProblem):
    """An event that cannot be recorded as it is."""

    code = "event-unfit"
