"""Personal values that are sent over HTTP: where they must not be, and that nothing is left once they are erased."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ledgers import secret_of
from reliability_checks import either, in_file, several, unless
from reliability_privacy import logged
from serving_desk import pack
from web_desk import Web, ask, served
from werkzeug.test import TestResponse


@dataclass
class Person:
    """One customer, and what is personal of them, each a value found nowhere by chance."""

    number: int
    id: str
    name: str
    about: str
    """An input of what they ask for."""
    wish: str
    """What an agent adds to an escalation."""
    reason: str
    to: str
    """Where they move to."""
    slip: str
    """Only ever in what is refused."""
    notes: tuple[str, ...]

    @property
    def at(self) -> str:
        return f"/v1/customers/{self.id}"

    @property
    def decisions(self) -> tuple[str, ...]:
        return tuple(f"d{self.number}-{which}" for which in ("declined", "taken", "escalated", "one-of-many"))

    def asks(self, which: int, **more: Any) -> dict[str, Any]:
        asked = ask("20", customer=self.id, id=self.decisions[which], **more)
        asked["facts"]["customer"]["name"] = self.name
        return {**asked, "ask": {**asked["ask"], "about": self.about}}

    def tells(self, **said: Any) -> dict[str, Any]:
        return {"kind": "contact", "topic": "bill", "customer": self.id, "note": self.notes[0], **said}


PARTS, SINGLE = 16, 7
"""Values of each; all but so many are notes."""


def canaries(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Decide, record, fail and send again with values found nowhere by chance; look for each, erase, look again."""
    values = [secret_of(seed + number) for number in range(-(-times // PARTS) * PARTS)]
    people = [person(at, values[at : at + PARTS]) for at in range(0, len(values), PARTS)]
    place, printed, log = in_file(folder), StringIO(), folder / "everything.log"
    with ExitStack() as stack:
        stack.enter_context(logged(log))
        stack.enter_context(redirect_stdout(printed))
        pack(folder / "packs" / "tiny")
        web = served(stack, place, folder / "packs", rate_limit="")
        sent = [list(twice(web, one)) for one in people]
        refused = "".join(answer for one in people for answer in mistaken(web, one))
        readable = [told_of(web, one) for one in people]
        held = files(place.folder)
        for one in people:
            assert web.call("DELETE", f"{one.at}?reason=asked").status_code == 204
        left = [left_of(web, one, writes) for one, writes in zip(people, sent, strict=True)]
        held |= {f"{name}, after the erasure": content for name, content in files(place.folder).items()}
    held |= {f"{name}, at last": content for name, content in files(place.folder).items()}
    logs = log.read_bytes() + printed.getvalue().encode()
    held |= {"problems": refused.encode(), "logs": logs}
    missing = {"ledger.db", "ledger.db-wal", "ledger-requests.db", "ledger-requests.db-wal", "keys.db"} - held.keys()
    for number, value in enumerate(values[:times]):
        one, readably = people[number // PARTS], readable[number // PARTS]
        yield either(
            several("in the clear in", (name for name, content in held.items() if in_clear(value, content))),
            unless(value not in "".join(left), "told after the erasure"),
            unless(value == one.slip or value in readably, "never told"),
            several("missing", missing),
            unless(b"/v1/events" in logs, "no request was logged"),
        )


def person(number: int, values: list[str]) -> Person:
    return Person(number, *values[:SINGLE], notes=tuple(values[SINGLE:]))


def twice(web: Web, person: Person) -> Iterator[tuple[str, Any]]:
    """Write all that is personal, each request twice with its key; yield the requests."""
    declined, taken, *_ = person.decisions
    escalated = web.post("/v1/decisions", person.asks(2, agent={"role": "ai", "id": "bot"})).json
    moved = {"kind": "customer", "name": "moved", "customer": person.id, "data": {"to": person.to}}
    for path, body in (
        ("/v1/approvals", {"token": escalated["approval"]["token"], "note": person.wish}),
        ("/v1/decisions?explain=true", person.asks(0)),
        (f"/v1/decisions/{declined}/outcome", {"outcome": "declined", "reason": person.reason}),
        ("/v1/decisions:batch", {"requests": [person.asks(3)]}),
        ("/v1/decisions", person.asks(1)),
        (f"/v1/decisions/{taken}/outcome", {"outcome": "accepted", "reason": person.reason}),
        ("/v1/events", person.tells()),
        ("/v1/events", {"events": [moved, *(person.tells(note=note) for note in person.notes[1:])]}),
    ):
        first, second = (web.post(path, body, Idempotency_Key=key_of(person, path, body)) for _ in range(2))
        assert first.status_code in (200, 201), first.text
        assert second.data == first.data, path
        yield path, body


def key_of(person: Person, path: str, body: Any) -> str:
    return f"{person.id}:{len(json.dumps(body))}:{path}"


def mistaken(web: Web, person: Person) -> Iterator[str]:
    """Yield what is answered to requests that are wrong."""
    slip, asks, tells = person.slip, {**person.asks(0), "id": "new"}, person.tells()
    facts = {"customer": {**asks["facts"]["customer"], "name": [slip]}}
    for path, body in (
        ("/v1/decisions", json.dumps({**asks, "channel": slip})[:-1].encode()),
        ("/v1/decisions", json.dumps({**asks, "facts": {"customer": {"name": slip, "x": 1}}}).encode() * 2),
        ("/v1/decisions", {**asks, "facts": facts}),
        ("/v1/decisions", {**asks, "facts": slip}),
        ("/v1/decisions", {**asks, "id": f"{slip} {slip}"}),
        ("/v1/decisions", {**asks, "pack": slip}),
        ("/v1/decisions", {**asks, "now": slip}),
        ("/v1/decisions", {**asks, "agent": {"role": slip}}),
        ("/v1/decisions", {**asks, "ask": {"action": slip}}),
        ("/v1/decisions", {**asks, "ask": {**asks["ask"], "amount": slip}}),
        ("/v1/decisions", {**asks, "id": person.decisions[0], "channel": slip}),
        ("/v1/decisions/none/outcome", {"outcome": "declined", "reason": slip}),
        (f"/v1/decisions/{person.decisions[1]}/outcome", {"outcome": "accepted", "amount": slip}),
        ("/v1/approvals", {"token": slip, "note": slip}),
        ("/v1/events", {**tells, "kind": slip}),
        ("/v1/events", {**tells, "at": slip}),
        ("/v1/events", {**tells, "resolved": slip}),
        ("/v1/events", {"kind": "promise_broken", "promise": "none", "reason": slip}),
        ("/v1/events", {"events": [tells, {"kind": "customer", "name": slip, "customer": slip}]}),
        (f"/v1/{slip}", {"note": slip}),
    ):
        yield problem(web.post(path, body))
    reused = key_of(person, "/v1/events", tells)
    yield problem(web.post("/v1/events", person.tells(note=slip), Idempotency_Key=reused))
    yield problem(web.post("/v1/events", tells, Idempotency_Key=f"{slip} {slip}"))
    yield problem(web.post("/v1/events", tells, by=slip))
    yield problem(web.post("/v1/events", tells, Content_Type=f"text/{slip}"))
    yield problem(web.get(f"/v1/customers/{slip}/timeline?before={slip}"))
    yield problem(web.call("DELETE", f"{person.at}?reason=for+{person.id}"))
    with patch("api.web.events.fitting", side_effect=RuntimeError(slip)):
        yield problem(web.post("/v1/events", tells))


def problem(answer: TestResponse) -> str:
    assert answer.status_code >= 400, answer.text
    return f"{answer.status} {answer.headers} {answer.text}"


def told_of(web: Web, person: Person) -> str:
    """Return all that the API tells of a customer."""
    paths = [f"{person.at}/timeline?limit=200", f"{person.at}/promises", "/v1/approvals"]
    paths += [f"/v1/decisions/{id_}" for id_ in person.decisions]
    paths += [
        f"/v1/decisions/{id_}/explanation?for={who}" for id_ in person.decisions for who in ("customer", "auditor")
    ]
    return "".join(web.get(path).text for path in paths)


def left_of(web: Web, person: Person, writes: list[tuple[str, Any]]) -> str:
    """Return all that the API tells of an erased customer, to those who send again what they sent too."""
    told = told_of(web, person)
    for path, body in writes:
        answer = web.post(path, body, Idempotency_Key=key_of(person, path, body))
        assert "batch" in path or answer.status_code == 410, (path, answer.text)
        told += answer.text
    assert web.service.memory.vault.known(person.id) is None
    return told


def in_clear(value: str, content: bytes) -> bool:
    """Return whether a value is found, as it is, in base 64, or as a hash that anybody could make of it."""
    plain = value.encode()
    forms = [plain, plain.hex().encode(), sha256(plain).digest(), sha256(plain).hexdigest().encode()]
    forms += [b64encode(b" " * shift + plain)[4:-4] for shift in range(3)]
    return any(form in content for form in forms)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_is_personal_is_in_no_file_log_or_problem_and_gone_after_an_erasure(tmp_path: Path) -> None:
    assert [wrong for wrong in canaries(tmp_path, 50, 0) if wrong] == []
