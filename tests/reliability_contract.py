"""The decision API held to its own document by cases that schemathesis makes of it, for tests/reliability.py."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ledgers import Place
from serving_desk import NOON, pack
from web_desk import Web, served

from api.web.idempotency import FORM
from api.web.kinds import KINDS

Document = dict[str, Any]
MANY = 10_000
"""Cases from which on nothing is left out to save time."""
ALIKE = ("^/(v1/|access/v1/search/(subject|action))", "^/v1/offers")
"""What to leave out then: in the document as it is, what is tried as the small desk takes it, or much as another is."""
OF_METHODS = ("unsupported_method", "allow_header_conformance")
OFF = {"enabled": False}
MEANT = {f"/problems/{code}" for code in KINDS}
KEY = "HTTP_IDEMPOTENCY_KEY"
OF_SOCKETS = ("max_redirects", "verify", "cert", "proxies")
ALWAYS = ("2xx", "401", "403", "404", "409", "410", "422")
"""What a request that fits the document may be answered: which facts and actions fit, only the pack says.

AuthZEN says 400 for what fits its schemas and not the pack.
"""
FACTS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "customer": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "id": {"anyOf": [{"enum": ["C-1", "C-2", "C-3"]}, {"type": "string"}]},
                "name": {"type": "string"},
                "good": {"type": "boolean"},
            },
        }
    },
}
CREDIT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["action"],
    "properties": {
        "action": {"const": "credit"},
        "amount": {"anyOf": [{"type": "integer", "minimum": 0}, {"enum": ["10.00", "20", "30.50", None]}]},
        "about": {"type": "string"},
    },
}
CALL = {
    "type": "object",
    "additionalProperties": False,
    "required": ["action"],
    "properties": {"action": {"const": "call"}},
}
ASK = {"anyOf": [CREDIT, CALL]}
CONTACT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "at"],
    "properties": {
        "kind": {"const": "contact"},
        "at": {"enum": ["2026-03-01T09:00:00", "2026-03-03T09:00:00Z"]},
        "topic": {"anyOf": [{"enum": ["router", "bill"]}, {"type": "string"}]},
    },
}
OF_THE_DESK = {
    "DecisionRequest": {
        "pack": {"enum": ["tiny", None]},
        "now": {"enum": [NOON.isoformat(), "2026-03-04T13:00:00Z", None]},
        "as_of": {"enum": ["2026-03-01", None]},
        "facts": FACTS,
        "history": {"enum": [[], None]},
        "granted": {"enum": [{}, None]},
        "events": {"anyOf": [{"type": "array", "items": CONTACT}, {"type": "null"}]},
        "signals": {"enum": [{}, None]},
        "promises": {"enum": [[], None]},
    },
    "Agent": {"role": {"anyOf": [{"enum": ["ai", "agent", "boss", None]}, {"type": "string"}]}},
    "ToldContactEvent": {
        "pack": {"enum": ["tiny", None]},
        "customer": {"anyOf": [{"enum": ["C-1", "C-2", None]}, {"type": "string"}]},
        "at": {"enum": ["2026-03-04T11:00:00Z", None]},
    },
}
"""What the small desk takes of what any pack may: fields of models, by their names."""
ONE = {"ask": ASK, "asks": {"type": "null"}}
SEVERAL = {"ask": {"type": "null"}, "asks": {"type": "array", "items": ASK, "minItems": 1, "maxItems": 50}}
"""What is decided: one ask, or several."""


@dataclass(frozen=True)
class Way:
    """How a document is tried: by a seed, with so many examples of each operation."""

    seed: int
    most: int
    uncovered: str
    """The addresses of which not every value of every field is tried, as a pattern."""


@dataclass
class Tally:
    """What came of all cases: how many there were, how they were answered, what did not hold."""

    cases: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    kinds: set[str] = field(default_factory=set)
    """The types of the problems that were answered."""
    answered: Counter[str] = field(default_factory=Counter)
    """How often each operation answered 2xx."""
    wrong: list[str] = field(default_factory=list)
    """A line for each case that did not hold."""


def requests(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Yield, for each case, what did not hold; those that did not come first."""
    found = contract(times, folder, seed)
    yield from found.wrong
    yield from [""] * (found.cases - len(found.wrong))


def contract(cases: int, folder: Path, seed: int = 0) -> Tally:
    """Return what came of at least so many cases: of the document as it is, and of it for the small desk alone."""
    tally = Tally()
    with ExitStack() as stack:
        pack(folder / "packs" / "tiny")
        web = served(stack, Place(f"sqlite:///{folder}/ledger.db", folder), folder / "packs", rate_limit="")
        told: Document = web.get("/openapi.json").json  # type: ignore[assignment]
        documents = (told, narrowed(told))
        for number in itertools.count():
            if number >= 2 and tally.cases >= cases:
                break
            most = max(1, cases // (6 * len(told["paths"])))
            uncovered = ALIKE[number % 2] if cases < MANY else "^$"
            tried(web, documents[number % 2], Way(seed + number, most, uncovered), tally)
    tally.wrong += [f"{one}: it never answered 2xx" for one in sorted(operations(told) - tally.answered.keys())]
    tally.wrong += [f"{one}: nothing says what it means" for one in sorted(tally.kinds - MEANT)]
    return tally


def operations(told: Document) -> set[str]:
    """Return the operations of a document, as schemathesis calls them."""
    return {f"{method.upper()} {path}" for path, methods in told["paths"].items() for method in methods}


def narrowed(whole: Document) -> Document:
    """Return the document of the small desk: with its facts and actions, so that what fits it is decided."""
    made = copy.deepcopy(whole)
    schemas = made["components"]["schemas"]
    for name, fields in OF_THE_DESK.items():
        schemas[name]["properties"] |= fields
    asked = schemas["DecisionRequest"]
    ways = [
        {**asked, "properties": asked["properties"] | of, "required": [needed]}
        for needed, of in {"ask": ONE, "asks": SEVERAL}.items()
    ]
    body = made["paths"]["/v1/decisions"]["post"]["requestBody"]["content"]["application/json"]
    body["schema"] = {"anyOf": ways}
    told = made["paths"]["/v1/events"]["post"]["requestBody"]["content"]["application/json"]
    told["schema"] = {"$ref": "#/components/schemas/ToldContactEvent"}
    made["paths"] = {path: methods for path, methods in made["paths"].items() if path.startswith("/v1/")}
    return made


def tried(web: Web, document: Document, how: Way, tally: Tally) -> None:
    """Count what comes of every phase of schemathesis on a document."""
    import schemathesis  # noqa: PLC0415 - takes seconds, and most tests do not need it
    from schemathesis.config import SchemathesisConfig  # noqa: PLC0415
    from schemathesis.engine import events, from_schema  # noqa: PLC0415
    from schemathesis.transport.wsgi import WSGITransport  # noqa: PLC0415

    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(settings(how)))
    schema.app = counting(web.app, tally)
    with patch.object(WSGITransport, "send", in_process(WSGITransport.send)):
        for event in from_schema(schema).execute():
            if isinstance(event, events.NonFatalError):
                tally.wrong.append(f"{event.label}: {event.value}")
            if isinstance(event, events.ScenarioFinished):
                count(event.recorder, tally)


def in_process(send: Callable[..., Any]) -> Callable[..., Any]:
    """Return how a request is sent without what only sockets have.

    schemathesis 4.32 hands it on when it calls again without the credential, and werkzeug refuses it.
    """

    def sent(transport: Any, case: Any, **given: Any) -> Any:
        return send(transport, case, **{name: value for name, value in given.items() if name not in OF_SOCKETS})

    return sent


def settings(how: Way) -> dict[str, Any]:
    """Return how schemathesis goes about it: the same cases for the same seed, nothing kept for another time."""
    return {
        "seed": how.seed,
        "headers": {"Authorization": "Bearer anybody"},
        "generation": {"deterministic": True, "max-examples": how.most, "database": "none", "no-shrink": True},
        "workers": 1,
        "cache": {"enabled": False},
        "continue-on-failure": True,
        "output": {"sanitization": {"enabled": False}},
        "checks": {"positive_data_acceptance": accepted(*ALWAYS)},
        "operations": [
            {"include-path-regex": "^/access/", "checks": {"positive_data_acceptance": accepted("400", *ALWAYS)}},
            # The id of a customer may have slashes in it, so that this address is a customer's, who can be erased.
            {"include-path-regex": "^/v1/customers/.+/", "checks": dict.fromkeys(OF_METHODS, OFF)},
            # The decisions on several asks have an id each; the one of all together names none of them.
            {"include-path-regex": "^/v1/decisions/", "checks": {"ensure_resource_availability": OFF}},
            {"include-path-regex": how.uncovered, "phases": {"coverage": OFF}},
        ],
    }


def accepted(*statuses: str) -> dict[str, Any]:
    return {"expected-statuses": list(statuses)}


def counting(application: Callable[..., Any], tally: Tally) -> Callable[..., Any]:
    """Return the application, counting what it answers; each request that has an `Idempotency-Key` has its own."""
    fresh = itertools.count()

    def counted(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if FORM.fullmatch(environ.get(KEY, "")):
            environ[KEY] = str(next(fresh))

        def begun(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            tally.answers[int(status[:3])] += 1
            return start(status, headers, error)

        return application(environ, begun)

    return counted


def count(recorder: Any, tally: Tally) -> None:
    """Count the cases of a scenario, and what did not hold in them."""
    for name, node in recorder.cases.items():
        response = recorder.find_response(case_id=name)
        if response is None:
            continue
        tally.cases += 1
        label = node.value.operation.label
        if response.status_code < 300:
            tally.answered[label] += 1
        elif "problem" in str(response.headers.get("content-type")):
            tally.kinds.add(response.json()["type"])
        failed = [one.failure_info for one in recorder.checks.get(name, ()) if one.failure_info is not None]
        if failed:
            said = "; ".join(f"{one.failure.title}: {one.failure.message}" for one in failed)
            tally.wrong.append(f"{label}: {' '.join(said.split())}: {failed[0].code_sample}")
