"""Who may do what: every endpoint, by every scope and rung, of callers bound to a pack, a customer, both or neither.

What must come of a call is reckoned from the table of `authorisation_rows` alone. An endpoint that the table does not
name fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count, product
from typing import Any

import pytest
from authorisation_rows import CLERK, OTHER, OWN, ROWS, Row, Target
from ledgers import Place
from serving_desk import pack
from web_desk import Web, served
from werkzeug.test import TestResponse

from api.access.caller import SCOPES, Caller
from api.web.operations import OPERATION
from schemas.request import Agent

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
RUNGS = (frozenset(), frozenset({"ai"}), frozenset({"agent"}), frozenset({"boss"}))
NUMBERS = count(1)
QUIET: dict[str, Any] = {"rate_limit": "", "log_level": "error"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Give the tests the API of two packs that are the same but for their names."""
    folder = tmp_path_factory.mktemp("authorisation")
    for name in (OWN, OTHER):
        made = pack(folder / "packs" / name)
        (made / "pack.yaml").write_text((made / "pack.yaml").read_text().replace("pack: tiny", f"pack: {name}"))
    with ExitStack() as stack:
        found = served(stack, Place(f"sqlite:///{folder}/ledger.db", folder), folder / "packs", **QUIET)
        found.caller(CLERK, *SCOPES, roles=None)
        yield found


def rules(web: Web) -> dict[str, str]:
    """Return the name of each endpoint as the table has it, with the one that the application has."""
    return {
        f"{method} {rule.rule}": rule.endpoint
        for rule in web.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_table_names_every_endpoint_and_no_other(web: Web) -> None:
    assert sorted(rules(web)) == sorted(ROWS)


def test_every_endpoint_is_told_of_as_the_table_has_it(web: Web) -> None:
    told = {name: getattr(web.app.view_functions[endpoint], OPERATION, None) for name, endpoint in rules(web).items()}
    assert [name for name, one in told.items() if one is None] == []
    assert {name: sorted(one.scopes) for name, one in told.items() if one is not None} == {
        name: sorted(row.scopes.split()) for name, row in ROWS.items()
    }


def test_no_address_answers_another_method(web: Web) -> None:
    target = Target(OWN, "C-1", "x")
    known = {(name.partition(" ")[0], address(row, target).partition("?")[0]) for name, row in ROWS.items()}
    others = {(method, path) for method in METHODS for _, path in known} - known
    # What follows a customer's id may be of the id, when one is erased.
    others = {call for call in others if not (call[0] == "DELETE" and call[1].startswith("/v1/customers/"))}
    answers = {call: web.call(*call).status_code for call in others}
    assert {call: status for call, status in answers.items() if status != 405} == {}
    assert len(answers) > 3 * len(known)


@pytest.mark.parametrize("name", ROWS)
def test_only_those_who_may_are_let_in(web: Web, name: str) -> None:
    row, number = ROWS[name], next(NUMBERS)
    own = f"{number}-own"
    wrong, calls = [], 0
    for target in targets(row, own, f"{number}-other"):
        if row.made is not None:
            target = replace(target, made=row.made(web, target))  # noqa: PLW2901 - the same, with what it is about
        for who in callers(row, own):
            answer = call(web, name, target, who)
            found, wanted = row.read(answer, target), expected(row, who, target)
            if found not in wanted:
                wrong.append((told(who), target.pack, target.customer, found, sorted(wanted)))
            if answer.status_code == 404 and "{made}" in row.path:
                unknown = call(web, name, replace(target, made="unknown"), who)
                wrong += [] if unknown.data == answer.data else [(told(who), target.pack, answer.json, unknown.json)]
            calls += 1
    assert wrong == []
    assert calls >= (9 if row.scopes else 2)


def targets(row: Row, own: str, other: str) -> list[Target]:
    """Return what an endpoint may be asked about: one's own and another's, of all that it is about."""
    packs = (OWN, OTHER) if "pack" in row.about else (OWN,)
    customers = (own, other) if "customer" in row.about else (own,)
    return [Target(pack, customer) for pack, customer in product(packs, customers)]


def callers(row: Row, own: str) -> Iterator[Caller | None]:
    """Yield who calls: nobody; one of no scope, of each alone, and of all that do not do; who is let in, bound too."""
    yield None
    enough = frozenset(row.scopes.split())
    for scopes in (frozenset[Any](), *(frozenset({scope}) for scope in SCOPES), frozenset(SCOPES) - enough):
        fit = caller(scopes, row.rungs)
        yield fit
        if scopes.isdisjoint(enough):
            continue
        yield from (replace(fit, roles=roles) for roles in RUNGS if row.rungs and roles != row.rungs)
        packs = (None, frozenset({OWN}), frozenset[str]()) if row.whole or "pack" in row.about else (None,)
        customers = (None, own) if "customer" in row.about else (None,)
        yield from (replace(fit, packs=bound, customer=one) for bound, one in list(product(packs, customers))[1:])


def caller(scopes: frozenset[Any], roles: frozenset[str]) -> Caller:
    return Caller(f"test:{next(NUMBERS)}", scopes, roles, agent=Agent(id="kim"))


def expected(row: Row, who: Caller | None, target: Target) -> frozenset[int]:
    """Return what a call may come to, by the table."""
    if not row.scopes:
        return frozenset({row.good})
    if who is None:
        return frozenset({401})
    if not who.scopes.intersection(row.scopes.split()):
        return frozenset({403})
    hidden = ("pack" in row.about and who.packs is not None and target.pack not in who.packs) or (
        "customer" in row.about and who.customer not in (None, target.customer)
    )
    lacking = bool(row.rungs) and not row.rungs.intersection(who.roles or ())
    refused = {status for status, holds in ((row.hidden, hidden), (403, lacking)) if holds}
    if row.whole and who.packs is not None:
        refused.add(403)
    return frozenset(refused or {row.good})


def call(web: Web, name: str, target: Target, who: Caller | None) -> TestResponse:
    """Return what a caller is answered."""
    row = ROWS[name]
    if who is not None:
        web.callers.known["somebody"] = who
    body = None if row.body is None else row.body(target)
    return web.call(name.partition(" ")[0], address(row, target), body, by=None if who is None else "somebody")


def address(row: Row, target: Target) -> str:
    return row.path.format(made=target.made, pack=target.pack, customer=target.customer)


def told(who: Caller | None) -> str:
    """Return who called, for a failure."""
    if who is None:
        return "nobody"
    packs = "all packs" if who.packs is None else f"packs {sorted(who.packs)}"
    return f"{sorted(who.scopes)} as {sorted(who.roles or ())}, {packs}, {who.customer or 'all customers'}"
