"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from api.web.operations import answered, operation
from api.web.service import service
from schemas.answers import Alive, PackReady, Ready

bp: Final = Blueprint("health", __name__)


@bp.get("/healthz")
@operation(gives={200: Alive}, limited=False)
def alive() -> Response:
    """Say that the process answers."""
    return answered(Alive())


@bp.get("/readyz")
@operation(gives={200: Ready, 503: Ready}, limited=False)
def ready() -> Response:
    """Say whether decisions can be given and kept, and which release of each pack gives them."""
    found = service()
    packs = {
        name: PackReady(
            release=None if state.release is None else state.release.policy.release,
            since=state.since,
            wrong=len(state.wrong),
        )
        for name, state in found.packs.states.items()
    }
    ledger = found.memory.ledger.ready()
    fine = ledger and bool(found.packs.desks)
    told = Ready(ready=fine, ledger=ledger, packs=packs, insecure_demo=found.settings.insecure_demo)
    return answered(told, 200 if fine else 503)
