"""Who a request is about."""

from __future__ import annotations

from engine.case import case_of, text_of
from engine.release import Release
from schemas.request import DecisionRequest


def customer_of(release: Release, request: DecisionRequest) -> str | None:
    """Return the customer's own id, None where the request does not say it; `RequestError` where it is malformed."""
    node = release.policy.customer_id
    return None if node is None else text_of(node, case_of(release, request, request.id or ""))
