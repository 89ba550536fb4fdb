"""Every endpoint of the API as the matrix of `test_web_authorisation` has it: who may call it, about what.

Written by hand from what the API promises, not read from the code that it is held against.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from web_desk import Web, ask
from werkzeug.test import TestResponse

OWN, OTHER = "tiny", "other"
"""The pack that callers may be bound to, and another one."""
ANY: Final = "decide record approve author audit admin"
BOT: Final = {"role": "ai", "id": "bot"}
AGENT: Final = {"role": "agent"}
CLERK: Final = "clerk"
"""Who makes what others then look at: somebody with every scope and rung."""


@dataclass(frozen=True)
class Target:
    """What a call is about."""

    pack: str
    customer: str
    made: str = ""
    """What was made for the call."""


Body = Callable[[Target], Any]
Making = Callable[[Web, Target], str]
Reading = Callable[[TestResponse, Target], int]


def status(answer: TestResponse, target: Target) -> int:
    """Return what a call comes to: the status of its answer."""
    del target
    return answer.status_code


@dataclass(frozen=True)
class Row:
    """What must hold of an endpoint."""

    path: str
    """Its address; `{made}` is what was made for the call."""
    scopes: str = ""
    """One of them is needed; none: anybody may call."""
    about: str = "pack customer"
    """What it is about: of another pack, or another customer, it must not be there."""
    rungs: frozenset[str] = frozenset()
    """One of them is needed, where there are any."""
    whole: bool = False
    """Whether only those may call who are bound to no pack."""
    body: Body | None = None
    made: Making | None = None
    good: int = 200
    hidden: int = 404
    read: Reading = status


def decision(web: Web, target: Target) -> str:
    """Return the id of a decision that a rung may be asked about."""
    return str(escalated(web, target)["id"])


def escalated(web: Web, target: Target) -> Any:
    body = ask("20", pack=target.pack, customer=target.customer, agent=BOT)
    return web.post("/v1/decisions", body, by=CLERK).json


def granted(web: Web, target: Target) -> str:
    """Return the id of a decision whose offer was taken."""
    made = web.post("/v1/decisions", ask("5", pack=target.pack, customer=target.customer), by=CLERK).json["id"]
    assert web.post(f"/v1/decisions/{made}/outcome", {"outcome": "accepted"}, by=CLERK).status_code == 200
    return str(made)


def token(web: Web, target: Target) -> str:
    """Return what an approval is asked for with."""
    return str(escalated(web, target)["approval"]["token"])


def approval(web: Web, target: Target) -> str:
    """Return the id of an approval that was asked for."""
    return str(web.post("/v1/approvals", {"token": token(web, target), "agent": BOT}, by=CLERK).json["id"])


def asked(target: Target) -> Any:
    return ask("5", pack=target.pack, customer=target.customer, agent=AGENT)


def batched(target: Target) -> Any:
    return {"requests": [asked(target)]}


def contact(target: Target) -> Any:
    return {"kind": "contact", "topic": "bill", "pack": target.pack, "customer": target.customer, "agent": AGENT}


def evaluation(target: Target) -> Any:
    """Return a question of the Authorization API."""
    return {
        "subject": {"type": "agent", "id": "kim", "properties": AGENT},
        "action": {"name": "credit", "properties": {"amount": "5"}},
        "resource": {"type": "customer", "id": target.customer, "properties": {"customer": {"good": True}}},
        "context": {"pack": target.pack},
    }


def without(*names: str) -> Body:
    """Return what leaves members out of a question, or the ids of entities that are looked for."""

    def body(target: Target) -> Any:
        whole = {name: value for name, value in evaluation(target).items() if name not in names}
        return {name: {"type": value["type"]} if f"{name}.id" in names else value for name, value in whole.items()}

    return body


def of_first_item(answer: TestResponse, target: Target) -> int:
    """Return what the only item of a batch comes to."""
    del target
    return answer.status_code if answer.status_code != 200 else answer.json["items"][0].get("status", 200)


def of_first_evaluation(answer: TestResponse, target: Target) -> int:
    """Return what the only evaluation comes to."""
    del target
    context = {} if answer.status_code != 200 else answer.json["evaluations"][0]["context"]
    return int(context["error"]["status"]) if "error" in context else answer.status_code


def listing(member: str, key: str, wanted: Callable[[Target], str] = lambda target: target.made) -> Reading:
    """Return what tells whether a list shows what a call is about: 200, else 404 as if it had been asked for alone."""

    def read(answer: TestResponse, target: Target) -> int:
        if answer.status_code != 200:
            return answer.status_code
        return 200 if wanted(target) in [one[key] for one in answer.json[member]] else 404

    return read


HAS_AGENT: Final = frozenset({"agent"})
HAS_RUNG: Final = frozenset({"agent", "boss"})
YES: Final[Body] = lambda target: {"reason": "a good customer"}  # noqa: E731 - one line
DECLINED: Final[Body] = lambda target: {"outcome": "declined", "agent": AGENT}  # noqa: E731
ROWS: Final[dict[str, Row]] = {
    "GET /healthz": Row("/healthz", about=""),
    "GET /readyz": Row("/readyz", about=""),
    "GET /metrics": Row("/metrics", about=""),
    "GET /openapi.json": Row("/openapi.json", about=""),
    "GET /docs": Row("/docs", about=""),
    "GET /docs/<name>": Row("/docs/docs.css", about=""),
    "GET /problems/<code>": Row("/problems/not-found", about=""),
    "GET /.well-known/authzen-configuration": Row("/.well-known/authzen-configuration", about=""),
    "POST /v1/decisions": Row("/v1/decisions", "decide", body=asked, rungs=HAS_AGENT),
    "POST /v1/decisions:batch": Row("/v1/decisions:batch", "decide", body=batched, rungs=HAS_AGENT, read=of_first_item),
    "POST /v1/offers": Row("/v1/offers", "decide", body=asked, rungs=HAS_AGENT),
    "GET /v1/decisions/<id_>": Row("/v1/decisions/{made}", "decide audit", made=decision),
    "GET /v1/decisions/<id_>/explanation": Row("/v1/decisions/{made}/explanation", "decide audit", made=decision),
    "POST /v1/decisions/<id_>/outcome": Row(
        "/v1/decisions/{made}/outcome", "decide", made=decision, body=DECLINED, rungs=HAS_AGENT
    ),
    "POST /v1/decisions/<id_>:replay": Row("/v1/decisions/{made}:replay", "audit", made=decision),
    "POST /v1/approvals": Row(
        "/v1/approvals",
        "decide",
        made=token,
        body=lambda target: {"token": target.made, "agent": AGENT},
        rungs=HAS_AGENT,
    ),
    "GET /v1/approvals": Row(
        "/v1/approvals?limit=100", "approve audit", made=approval, read=listing("approvals", "id")
    ),
    "GET /v1/approvals/<id_>": Row("/v1/approvals/{made}", "decide approve audit", made=approval),
    "POST /v1/approvals/<id_>:approve": Row(
        "/v1/approvals/{made}:approve", "approve", made=approval, body=YES, rungs=HAS_RUNG
    ),
    "POST /v1/approvals/<id_>:reject": Row(
        "/v1/approvals/{made}:reject", "approve", made=approval, body=YES, rungs=HAS_RUNG
    ),
    "POST /v1/events": Row("/v1/events", "record", body=contact, rungs=HAS_AGENT, good=201),
    "GET /v1/customers/<customer:id_>/promises": Row(
        "/v1/customers/{customer}/promises", "decide audit", made=granted, read=listing("promises", "decision")
    ),
    "GET /v1/customers/<customer:id_>/timeline": Row(
        "/v1/customers/{customer}/timeline", "decide audit", made=decision, read=listing("events", "id")
    ),
    "DELETE /v1/customers/<customer:id_>": Row(
        "/v1/customers/{customer}", "admin", about="customer", made=decision, whole=True, good=204
    ),
    "GET /v1/packs": Row("/v1/packs", ANY, about="pack", read=listing("packs", "pack", lambda target: target.pack)),
    "GET /v1/packs/<pack>": Row("/v1/packs/{pack}", ANY, about="pack"),
    "GET /v1/packs/<pack>/facts.schema.json": Row("/v1/packs/{pack}/facts.schema.json", ANY, about="pack"),
    "GET /v1/packs/<pack>/rules": Row("/v1/packs/{pack}/rules", ANY, about="pack"),
    "POST /v1/packs/<pack>:check": Row(
        # Checking a draft takes long; that one without files is refused for that says who may ask as well.
        "/v1/packs/{pack}:check",
        "author",
        about="pack",
        body=lambda _: {"files": {}},
        good=422,
    ),
    "POST /access/v1/evaluation": Row("/access/v1/evaluation", "decide", body=evaluation, rungs=HAS_AGENT, hidden=403),
    "POST /access/v1/evaluations": Row(
        "/access/v1/evaluations",
        "decide",
        body=lambda target: {"evaluations": [evaluation(target)]},
        rungs=HAS_AGENT,
        hidden=403,
        read=of_first_evaluation,
    ),
    "POST /access/v1/search/subject": Row(
        "/access/v1/search/subject", "decide", body=without("subject.id"), hidden=403
    ),
    "POST /access/v1/search/resource": Row(
        # The pack of this desk knows no customer by name, so 400 is all that whoever may ask is told.
        "/access/v1/search/resource",
        "decide",
        about="pack",
        body=without("resource.id"),
        hidden=403,
        good=400,
    ),
    "POST /access/v1/search/action": Row(
        "/access/v1/search/action", "decide", body=without("action"), rungs=HAS_AGENT, hidden=403
    ),
}
