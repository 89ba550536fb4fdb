"""Where an answer leads: which part of it is asked on with, and where."""

from __future__ import annotations

from typing import Final

from api.openapi.models import Json

ID: Final = {"id": "$response.body#/id"}
TOKEN: Final = {"token": "$response.body#/approval/token"}
LINKS: Final[dict[str, dict[str, Json]]] = {
    "decisions_decide": {
        "read": {"operationId": "decisions_read", "parameters": ID},
        "explain": {"operationId": "decisions_told", "parameters": ID},
        "replay": {"operationId": "outcomes_replay", "parameters": ID},
        "accept": {"operationId": "outcomes_settle", "parameters": ID, "requestBody": {"outcome": "accepted"}},
        "escalate": {"operationId": "approvals_file", "requestBody": TOKEN},
    },
    "approvals_file": {
        "read": {"operationId": "approvals_read", "parameters": ID},
        "approve": {"operationId": "approvals_approve", "parameters": ID},
        "reject": {"operationId": "approvals_reject", "parameters": ID},
    },
    "events_record": {
        "timeline": {"operationId": "customers_timeline", "parameters": {"id": "$response.body#/customer"}},
        "promises": {"operationId": "customers_owed", "parameters": {"id": "$response.body#/customer"}},
    },
    "packs_list_all": {
        "read": {"operationId": "packs_read", "parameters": {"pack": "$response.body#/packs/0/pack"}},
        "facts": {"operationId": "packs_facts", "parameters": {"pack": "$response.body#/packs/0/pack"}},
        "rules": {"operationId": "packs_rules", "parameters": {"pack": "$response.body#/packs/0/pack"}},
        "check": {"operationId": "packs_check", "parameters": {"pack": "$response.body#/packs/0/pack"}},
    },
}
"""By operation: each link of its answer, by name."""
SETTLED: Final = range(200, 300)


def links_of(operation: str, status: int) -> Json:
    """Return the links of an answer, if it has any."""
    return {"links": LINKS[operation]} if operation in LINKS and status in SETTLED else {}
