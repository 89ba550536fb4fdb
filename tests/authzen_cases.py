"""The public certification scenario of the AuthZEN Authorization API 1.0 as a table of cases, by its levels."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any, Final

ALICE: Final = {"type": "user", "id": "alice"}
BOB: Final = {"type": "user", "id": "bob"}
ADMIN: Final = {**BOB, "properties": {"role": "admin"}}
ONE: Final = {"type": "record", "id": "record-1"}
TWO: Final = {"type": "record", "id": "record-2"}
ACTIVE: Final = {**ONE, "properties": {"status": "active"}}
ARCHIVED: Final = {**TWO, "properties": {"status": "archived"}}
READ, WRITE = {"name": "read"}, {"name": "write"}
NOON: Final = "2025-06-27T18:03-07:00"
"""The time of the scenario, long past."""
BASIC: Final = {"subject": ALICE, "action": READ, "resource": ONE}
SUBJECTS: Final = {"subject": {"type": "user"}, "action": READ, "resource": ONE}
RESOURCES: Final = {"subject": ALICE, "action": READ, "resource": {"type": "record"}}
ACTIONS: Final = {"subject": ALICE, "resource": ONE}
USERS: Final = (ALICE, BOB)


@dataclass(frozen=True)
class Case:
    """One request of a level, and what it must be answered: decisions in order, or results that are among all."""

    level: str
    name: str
    path: str
    body: Any
    status: int = 200
    decisions: tuple[bool, ...] | None = None
    results: tuple[dict[str, Any], ...] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def without(body: dict[str, Any], *path: str) -> dict[str, Any]:
    """Return a body without one of its parts."""
    made = copy.deepcopy(body)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return made


def one(level: str, name: str, decision: bool, **body: Any) -> Case:
    return Case(level, name, "evaluation", {**BASIC, **body}, decisions=(decision,))


def many(level: str, name: str, decisions: tuple[bool, ...], evaluations: list[Any], **body: Any) -> Case:
    return Case(level, name, "evaluations", {**body, "evaluations": evaluations}, decisions=decisions)


def found(level: str, name: str, path: str, body: Any, *results: dict[str, Any]) -> Case:
    return Case(level, name, f"search/{path}", body, results=results)


def bad(level: str, name: str, path: str, body: Any, **headers: str) -> Case:
    return Case(level, name, path, body, status=400, headers=headers)


BASIC_CORE: Final = (
    one("basic core", "alice reads record-1", True),
    one("basic core", "alice writes record-1", True, action=WRITE),
    one("basic core", "bob reads record-1", True, subject=BOB),
    one("basic core", "bob does not write record-1", False, subject=BOB, action=WRITE),
    one("basic core", "a context changes nothing", True, context={"time": NOON, "ip": "192.168.1.1"}),
    one(
        "basic core",
        "properties that nobody knows change nothing",
        True,
        subject={**ALICE, "properties": {"department": "Sales", "role": "manager"}},
        action={**READ, "properties": {"method": "GET"}},
        resource={**ONE, "properties": {"status": "active", "owner": "bob"}},
    ),
    one("basic core", "fields that nobody knows change nothing", True, foo="bar", futureField={"nested": True}),
    one(
        "basic core",
        "nor within the entities",
        True,
        subject={**ALICE, "customAttr": "x", "more": {"k": "v"}},
        action={**READ, "more": 1},
        resource={**ONE, "more": []},
    ),
    *(
        bad("basic core", f"a request needs {'.'.join(path)}", "evaluation", without(BASIC, *path))
        for path in (
            ("subject",),
            ("action",),
            ("resource",),
            ("subject", "type"),
            ("subject", "id"),
            ("action", "name"),
            ("resource", "type"),
            ("resource", "id"),
        )
    ),
    bad("basic core", "a subject is an object", "evaluation", {**BASIC, "subject": "alice"}),
    bad("basic core", "a name is a text", "evaluation", {**BASIC, "action": {"name": 123}}),
    bad("basic core", "a body is JSON", "evaluation", b'{"subject": '),
    bad("basic core", "a body is not empty", "evaluation", b""),
    bad("basic core", "a body is an object", "evaluation", [BASIC]),
    bad("basic core", "a body says that it is JSON", "evaluation", BASIC, Content_Type="text/plain"),
    Case(
        "basic core",
        "its charset may be said",
        "evaluation",
        BASIC,
        decisions=(True,),
        headers={"Content_Type": "application/json; charset=utf-8"},
    ),
)
BASIC_PROPERTIES: Final = (
    one("basic properties", "alice does not write the archive", False, action=WRITE, resource=ARCHIVED),
    one("basic properties", "an admin writes the archive", True, subject=ADMIN, action=WRITE, resource=ARCHIVED),
    one("basic properties", "alice deletes softly", True, action={"name": "delete", "properties": {"soft": True}}),
    one(
        "basic properties",
        "alice deletes no other way",
        False,
        action={"name": "delete", "properties": {"soft": False}},
    ),
)
BATCH_CORE: Final = (
    many(
        "batch core",
        "subject and action are said once",
        (True, True),
        [{"resource": ONE}, {"resource": TWO}],
        subject=ALICE,
        action=READ,
    ),
    many(
        "batch core",
        "answers keep the order",
        (True, False),
        [{"action": READ}, {"action": WRITE}],
        subject=BOB,
        resource=ONE,
    ),
    many(
        "batch core", "nothing is said once", (True, False), [BASIC, {"subject": BOB, "action": WRITE, "resource": ONE}]
    ),
    many(
        "batch core",
        "a context is overridden",
        (True, True),
        [
            {"resource": ONE},
            {"resource": TWO, "context": {"time": "2025-06-27T19:00-07:00", "source": "batch-override"}},
        ],
        subject=ALICE,
        action=READ,
        context={"time": NOON},
    ),
    many(
        "batch core",
        "an action is overridden",
        (True, False),
        [{"action": READ}, {}],
        subject=BOB,
        action=WRITE,
        resource=ONE,
    ),
    many("batch core", "one evaluation fails", (True, False), [{"resource": ONE}, {}], subject=ALICE, action=READ),
    many("batch core", "nobody is the subject", (False,), [{"resource": ONE}], action=READ),
    many(
        "batch core",
        "all are executed when asked to",
        (False, True),
        [{"action": WRITE}, {"action": READ}],
        subject=BOB,
        resource=ONE,
        options={"evaluations_semantic": "execute_all", "another": 1},
    ),
    many(
        "batch core",
        "a deny ends it",
        (True, False),
        [{"action": READ}, {"action": WRITE}, {"action": READ}],
        subject=BOB,
        resource=ONE,
        options={"evaluations_semantic": "deny_on_first_deny"},
    ),
    many(
        "batch core",
        "a failure ends it too",
        (False,),
        [{}, {"action": READ}],
        subject=BOB,
        resource=ONE,
        options={"evaluations_semantic": "deny_on_first_deny"},
    ),
    many(
        "batch core",
        "a permit ends it",
        (False, True),
        [{"action": WRITE}, {"action": READ}, {"action": WRITE}],
        subject=BOB,
        resource=ONE,
        options={"evaluations_semantic": "permit_on_first_permit"},
    ),
    bad(
        "batch core",
        "there is no other semantic",
        "evaluations",
        {**BASIC, "evaluations": [{}], "options": {"evaluations_semantic": "bogus"}},
    ),
    Case("batch core", "without evaluations it is one", "evaluations", BASIC, decisions=(True,)),
    Case("batch core", "with none of them it is one", "evaluations", {**BASIC, "evaluations": []}, decisions=(True,)),
    bad("batch core", "one of them needs all", "evaluations", without(BASIC, "subject")),
    bad("batch core", "a body is JSON", "evaluations", b"[}"),
    bad("batch core", "a body is not empty", "evaluations", b""),
    bad("batch core", "a body is an object", "evaluations", [BASIC]),
)
BATCH_PROPERTIES: Final = (
    many(
        "batch properties",
        "each record has its status",
        (True, False),
        [{"resource": ACTIVE}, {"resource": ARCHIVED}],
        subject=ALICE,
        action=WRITE,
    ),
    many(
        "batch properties",
        "each subject has its role",
        (False, True),
        [{"subject": ALICE}, {"subject": ADMIN}],
        action=WRITE,
        resource=ARCHIVED,
    ),
    many(
        "batch properties",
        "what a resource must have is taken from the default",
        (True, False),
        [{"resource": {"id": "record-1", "properties": {"status": "active"}}}, {"resource": ARCHIVED}],
        subject=ALICE,
        action=WRITE,
        resource={"type": "record"},
    ),
)
SEARCH_CORE: Final = (
    found("search core", "who reads record-1", "subject", SUBJECTS, *USERS),
    found("search core", "who reads it in a context", "subject", {**SUBJECTS, "context": {"time": NOON}}, *USERS),
    found(
        "search core", "an id is ignored", "subject", {**SUBJECTS, "subject": {"type": "user", "id": "stray"}}, *USERS
    ),
    found(
        "search core",
        "unknown fields of a page are ignored",
        "subject",
        {**SUBJECTS, "page": {"limit": 9, "sort": "x"}},
        *USERS,
    ),
    found("search core", "no spaceship reads", "subject", {**SUBJECTS, "subject": {"type": "spaceship"}}),
    found("search core", "which records alice reads", "resource", RESOURCES, ONE),
    found(
        "search core",
        "its id is ignored",
        "resource",
        {**RESOURCES, "resource": {"type": "record", "id": "stray"}},
        ONE,
    ),
    found("search core", "alice reads no spaceship", "resource", {**RESOURCES, "resource": {"type": "spaceship"}}),
    found("search core", "what alice does", "action", ACTIONS, READ, WRITE),
    found("search core", "what she does in a context", "action", {**ACTIONS, "context": {"time": NOON}}, READ, WRITE),
    found("search core", "an action is ignored", "action", {**ACTIONS, "action": READ}, READ, WRITE),
    found(
        "search core",
        "nobody does nothing",
        "action",
        {**ACTIONS, "subject": {"type": "user", "id": "nonexistent-user"}},
    ),
    found("search core", "nor a spaceship", "action", {**ACTIONS, "subject": {"type": "spaceship", "id": "alice"}}),
    *(
        bad("search core", f"a search for subjects needs {'.'.join(path)}", "search/subject", without(SUBJECTS, *path))
        for path in (
            ("subject",),
            ("action",),
            ("resource",),
            ("subject", "type"),
            ("resource", "id"),
            ("action", "name"),
        )
    ),
    *(
        bad(
            "search core",
            f"a search for resources needs {'.'.join(path)}",
            "search/resource",
            without(RESOURCES, *path),
        )
        for path in (("subject",), ("action",), ("resource",), ("subject", "id"), ("resource", "type"))
    ),
    *(
        bad("search core", f"a search for actions needs {'.'.join(path)}", "search/action", without(ACTIONS, *path))
        for path in (("subject",), ("resource",), ("resource", "id"), ("subject", "type"))
    ),
    bad("search core", "a limit is no negative number", "search/subject", {**SUBJECTS, "page": {"limit": -1}}),
)
SEARCH_PROPERTIES: Final = (
    found(
        "search properties",
        "who writes the archive",
        "subject",
        {**SUBJECTS, "action": WRITE, "resource": ARCHIVED},
        BOB,
    ),
    found(
        "search properties", "what an admin writes", "resource", {**RESOURCES, "subject": ADMIN, "action": WRITE}, TWO
    ),
    found("search properties", "what an admin does", "action", {"subject": ADMIN, "resource": ARCHIVED}, WRITE),
)
CASES: Final = BASIC_CORE + BASIC_PROPERTIES + BATCH_CORE + BATCH_PROPERTIES + SEARCH_CORE + SEARCH_PROPERTIES
