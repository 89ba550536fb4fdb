"""What a running server answers with, made once when it starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app

from api.access.problems import NotForYou
from api.settings import Settings

if TYPE_CHECKING:
    from werkzeug import Request

    from api.access.caller import Caller
    from api.serving.approving import Approvals
    from api.serving.desk import Desk
    from api.serving.live import LivePacks
    from api.serving.opening import Memory
    from api.web.idempotency import Requests

NAME = "leeway"


@dataclass(frozen=True, slots=True)
class Service:
    """The ledger and its vault, the packs that are live, who is let in, and the clock."""

    settings: Settings
    memory: Memory
    packs: LivePacks
    wake: Callable[[], None]
    """Has packs loaded anew soon; a signal handler may call it."""
    caller_of: Callable[[Request], Caller]
    """Tells who calls; raises `Unauthenticated` where nobody can tell."""
    approvals: Approvals
    requests: Requests
    """Those that were sent with an `Idempotency-Key`."""
    clock: Callable[[], datetime]

    def desk(self, pack: str, caller: Caller) -> Desk:
        """Return the desk of a pack; raise `NotForYou` where there is none for the caller."""
        found = self.packs.desks.get(pack)
        if found is None or not caller.has_pack(pack):
            raise NotForYou("pack")
        return found


def service() -> Service:
    """Return what the application that handles this request answers with."""
    found = current_app.extensions[NAME]
    assert isinstance(found, Service)
    return found
