"""Bodies that are answered with 2xx, by operation: for those who read the document.

They ask the telecom pack; only a pack that knows its resources by name, as in AuthZEN's scenario, can search them.
What an example takes from an answer before it, as `LINKS` say, is written as its expression.
"""

from __future__ import annotations

from typing import Final

from api.openapi.models import Json

FACTS: Final[Json] = {
    "customer": {"id": "C-1001"},
    "identity": {"verified": True, "takeover_suspected": False},
    "conduct": {"threat_today": False},
    "worth": {"revenue": 480, "cost": 330},
    "incidents": [{"kind": "wrong_advice", "at": "2026-02-24", "weight": 4, "ours": True}],
}
ASKER: Final[Json] = {"role": "ai_agent", "id": "kim"}
CREDIT: Final[Json] = {"action": "goodwill_credit", "amount": "20", "about": "wrong_advice"}
ASKED: Final[Json] = {"pack": "telecom", "agent": ASKER, "channel": "chat", "facts": FACTS}
SUBJECT: Final[Json] = {"type": "user", "id": "kim", "properties": {"role": "agent"}}
ACTION: Final[Json] = {"name": "goodwill_credit", "properties": {"amount": "20", "about": "wrong_advice"}}
RESOURCE: Final[Json] = {"type": "customer", "id": "C-1001", "properties": FACTS}
WHERE: Final[Json] = {"pack": "telecom", "channel": "chat"}
CONTACT: Final[Json] = {
    "kind": "contact",
    "pack": "telecom",
    "customer": "C-1001",
    "topic": "router",
    "resolved": False,
}
PACK_FILE: Final = """\
pack: telecom
ladder: [agent]
actions:
  callback: {title: Call back}
authority:
  agent: {callback: true}
rules:
  - {id: call-back, title: Call back, action: callback, allow: true, source: Calls 1}
"""

BODIES: Final[dict[str, dict[str, Json]]] = {
    "decisions_decide": {
        "one": {**ASKED, "ask": CREDIT},
        "several": {**ASKED, "asks": [CREDIT, {"action": "callback"}]},
    },
    "decisions_decide_each": {
        "two": {"requests": [{**ASKED, "ask": CREDIT}, {**ASKED, "ask": {"action": "callback"}}]}
    },
    "offers_offer": {"all": ASKED},
    "outcomes_settle": {
        "declined": {"outcome": "declined"},
        "overridden": {"outcome": "overridden", "amount": "15.00", "reason": "the customer waited for a month"},
    },
    "approvals_file": {"filed": {"token": "$response.body#/approval/token", "note": "the third time this month"}},
    "approvals_approve": {"yes": {"reason": "our mistake", "agent": {"role": "supervisor", "id": "sam"}}},
    "approvals_reject": {"no": {"reason": "no record of it", "agent": {"role": "supervisor", "id": "sam"}}},
    "events_record": {"one": CONTACT, "several": {"events": [CONTACT]}},
    "packs_check": {"draft": {"files": {"pack.yaml": PACK_FILE, "facts.yaml": "type: object\n"}}},
    "authzen_evaluate": {"one": {"subject": SUBJECT, "action": ACTION, "resource": RESOURCE, "context": WHERE}},
    "authzen_evaluate_each": {
        "two": {
            "subject": SUBJECT,
            "resource": RESOURCE,
            "context": WHERE,
            "evaluations": [{"action": ACTION}, {"action": {"name": "callback"}}],
        }
    },
    "authzen_search_subject": {
        "who": {"subject": {"type": "user"}, "action": ACTION, "resource": RESOURCE, "context": WHERE}
    },
    "authzen_search_resource": {
        "which": {
            "subject": {"type": "user", "id": "alice"},
            "action": {"name": "read"},
            "resource": {"type": "record"},
            "context": {"pack": "records"},
        }
    },
    "authzen_search_action": {"what": {"subject": SUBJECT, "resource": RESOURCE, "context": WHERE}},
}
"""Each example by its name."""
