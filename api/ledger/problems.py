"""Why the ledger does not do what is asked of it, each with a code, and what to do."""

from __future__ import annotations

from typing import ClassVar, Final

RETRY_AFTER: Final = 2
"""Seconds after which it is worth trying again."""


class LedgerProblem(Exception):
    """Anything that the ledger refuses; nothing was written."""

    code: ClassVar[str] = "ledger"
    status: ClassVar[int] = 409
    """What HTTP says of it: 409 where the caller can do something, 503 later, 500 where who runs the server must."""


class LedgerUnavailable(LedgerProblem):
    """The ledger cannot be written, or read, now; sending the same again after `retry_after` seconds loses nothing."""

    code = "ledger-unavailable"
    status = 503

    def __init__(self, why: str, retry_after: int = RETRY_AFTER) -> None:
        """Keep why, and when to try again, in seconds."""
        super().__init__(f"the ledger is unavailable: {why}; try again in {retry_after} s")
        self.retry_after = retry_after


class LedgerClosed(LedgerProblem):
    """The ledger was closed."""

    code = "ledger-closed"
    status = 503

    def __init__(self) -> None:
        super().__init__("the ledger is closed; open it again")


class LedgerForked(LedgerProblem):
    """The ledger was opened by the process that this one was forked from."""

    code = "ledger-forked"
    status = 500

    def __init__(self) -> None:
        super().__init__(
            "this process was forked after the ledger was opened; open a ledger of its own in each process"
        )


class LedgerUnusable(LedgerProblem):
    """There is no ledger at this address that this Leeway can use."""

    code = "ledger-unusable"
    status = 500


class EventConflict(LedgerProblem):
    """There is another event of this id."""

    code = "event-conflict"

    def __init__(self, id: str) -> None:
        """Keep the id."""
        super().__init__(f"event `{id}` is in the ledger with other content; give a new event an id of its own")
        self.id = id


class EventRefused(LedgerProblem):
    """An event that cannot be kept as it is."""

    code = "event-refused"

    def __init__(self, id: str, why: str) -> None:
        """Keep the id, and say why."""
        super().__init__(f"event `{id}` cannot be kept: {why}")
        self.id = id


class UnknownEvent(LedgerProblem):
    """An event in the ledger of a form that this Leeway does not know."""

    code = "unknown-event"
    status = 500

    def __init__(self, id: str, kind: str, version: int) -> None:
        """Keep the id, and name the form."""
        super().__init__(f"event `{id}` is a `{kind}` of version {version}, from a newer Leeway; upgrade to read it")
        self.id = id
