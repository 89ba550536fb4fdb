"""What may be offered to a customer now."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from api.serving.deciding import offered
from api.web.asking import asking
from api.web.bodies import asked_for, body_of
from api.web.operations import answered, operation
from schemas.decision import Offers
from schemas.request import DecisionRequest

bp: Final = Blueprint("offers", __name__)


@bp.post("/v1/offers")
@operation("decide", takes=DecisionRequest, gives={200: Offers}, problems=(404,))
def offer() -> Response:
    """Say what may be offered: every action, what this agent may grant of it, and who may go higher."""
    asked_for()
    desk, request = asking(body_of(DecisionRequest))
    return answered(offered(desk, request))
