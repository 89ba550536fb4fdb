"""Escalations over HTTP: asked for, answered by somebody who may, granted only as far as the policy still lets them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from ledgers import Place, server
from random_packs import LADDER, granted, knocked_out, random_release, request
from serving_desk import NOON, contact, pack
from web_desk import Web, ask, served
from werkzeug.test import TestResponse

from api.access.caller import Caller
from api.access.problems import AccessProblem
from api.ledger.erasing import Erasure, erase
from api.serving.approving import Question, approver
from engine.decide import decide
from engine.memory.moments import moment_at
from engine.memory.rechecking import Present, covers, still_grantable
from engine.memory.writing import decision_event
from schemas.decision import Decision
from schemas.events import ApprovalRequestEvent, DecisionEvent
from schemas.request import Agent, DecisionRequest

BOT = {"role": "ai", "id": "bot-1"}
NUMBERS = count()
YES = {"reason": "a good customer"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def everywhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Give the tests a desk with its people, in SQLite and in PostgreSQL."""
    with ExitStack() as stack:
        yield opened(stack, tmp_path_factory.mktemp("desk"), None if request.param == "sqlite" else server().make())


@pytest.fixture(scope="module")
def somewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Give the tests a desk with its people, in SQLite alone."""
    with ExitStack() as stack:
        yield opened(stack, tmp_path_factory.mktemp("desk"))


@pytest.fixture
def people(everywhere: Web) -> Web:
    """Give a test the desk at noon; customers are each test's own."""
    everywhere.clock.now = NOON
    return everywhere


@pytest.fixture
def desk(somewhere: Web) -> Web:
    """Give a test the desk at noon, in SQLite alone; customers are each test's own."""
    somewhere.clock.now = NOON
    return somewhere


def opened(stack: ExitStack, folder: Path, url: str | None = None, **replaced: str) -> Web:
    """Return a desk with its people; `replaced`: texts in its pack by others."""
    pack(folder / "packs" / "tiny", **replaced)
    return staffed(served(stack, Place(url or f"sqlite:///{folder}/ledger.db", folder), folder / "packs"))


def staffed(web: Web) -> Web:
    """Make known a bot that asks, an agent and a boss who answer, and an auditor."""
    web.caller("bot", "decide", roles=frozenset({"ai"}), agent=Agent(id="bot-1"))
    web.caller("lee", "decide", "approve", roles=frozenset({"agent"}), agent=Agent(id="lee", team="blue"))
    web.caller("ann", "approve", roles=frozenset({"boss"}), agent=Agent(id="ann"))
    web.caller("auditor", "audit")
    return web


def asked(web: Web, amount: str = "20", by: str = "bot", **more: Any) -> dict[str, Any]:
    """Return the decision on an ask for more than the bot may grant, for a customer who is new."""
    more = {"customer": f"new-{next(NUMBERS)}", **more}
    found = web.post("/v1/decisions", ask(amount, agent={}, **more), by=by).json
    assert found is not None
    assert found["verdict"] == "escalate"
    return found


def filed(web: Web, amount: str = "20", by: str = "bot", **more: Any) -> str:
    """Return the address of the approval of an ask for more than the bot may grant."""
    return file(web, asked(web, amount, by, **more), by)


def file(web: Web, decision: dict[str, Any], by: str = "bot") -> str:
    """Return the address of the approval of a decision."""
    answer = web.post("/v1/approvals", {"token": decision["approval"]["token"]}, by=by)
    assert answer.status_code == 200, answer.json
    return f"/v1/approvals/{answer.json['id']}"


def accept(web: Web, decision: str, **said: Any) -> TestResponse:
    """Return what is answered where the customer accepts."""
    return web.post(f"/v1/decisions/{decision}/outcome", {"outcome": "accepted", **said}, by="bot")


def why(answer: TestResponse) -> tuple[int, str]:
    """Return the status of a problem, and its name."""
    assert answer.json is not None
    return answer.status_code, answer.json.get("type", "").removeprefix("/problems/")


def listed(web: Web, query: str = "limit=100", by: str = "auditor") -> list[str]:
    """Return the addresses of the approvals that a list has."""
    answer = web.get(f"/v1/approvals?{query}", by=by)
    assert answer.json is not None
    return [f"/v1/approvals/{one['id']}" for one in answer.json["approvals"]]


def kinds(web: Web, decision: str) -> list[str]:
    """Return what happened on a decision."""
    return [one.event.kind for one in web.service.memory.ledger.on(decision)]


def test_an_escalation_goes_up_comes_back_and_is_granted_to_the_account_of_who_approved(people: Web) -> None:
    decision = asked(people, customer="C-1")
    template = decision["approval"]
    opened = people.post("/v1/approvals", {"token": template["token"], "note": "they waited"}, by="bot").json
    assert (opened["state"], opened["rung"], opened["amount"], opened["currency"]) == ("open", "agent", "20.00", "EUR")
    assert (opened["asked_by"], opened["note"], opened["expires"]) == ("bot-1", "they waited", template["expires"])
    assert people.get("/v1/approvals?state=open&rung=agent", by="lee").json["approvals"] == [opened]
    path = f"/v1/approvals/{opened['id']}"
    before = people.get(path, by="lee").json
    assert (before["approval"], before["decided"]) == (opened, None)
    assert "an agent may go that high" in before["asked"]["texts"]["agent"]
    assert why(accept(people, decision["id"])) == (409, "no-longer-granted")
    people.clock.move(minutes=10)
    yes = people.post(f"{path}:approve", YES, by="lee").json
    told = yes["approval"]
    assert (told["state"], told["answered_by"], told["answered_rung"]) == ("approved", "lee", "agent")
    assert (told["reason"], told["answered"]) == ("a good customer", "2026-03-04T12:10:00Z")
    assert (yes["decided"]["id"], yes["decided"]["verdict"]) == (decision["id"], "approve")
    assert kinds(people, decision["id"]) == ["approval_request", "approval"], "nothing is granted yet"
    assert people.decide("40")["offer"]["amount"] == "20.00", "what is approved counts"
    people.clock.move(minutes=1)
    outcome, grant, promise = accept(people, decision["id"]).json["events"]
    assert outcome["data"]["agent"]["id"] == promise["data"]["agent"]["id"] == "bot-1"
    assert grant["data"]["agent"] == {"role": "agent", "id": "lee", "team": "blue"}
    assert (grant["data"]["amount"], promise["kind"]) == ("20.00", "promise_made")
    assert why(accept(people, decision["id"])) == (409, "already-granted")
    assert people.get(path, by="bot").json == yes


def test_filing_twice_is_one_approval(desk: Web) -> None:
    decision = asked(desk)
    token = decision["approval"]["token"]
    first = desk.post("/v1/approvals", {"token": token, "note": "first"}, by="bot").json
    desk.clock.move(hours=1)
    assert desk.post("/v1/approvals", {"token": token, "note": "second"}, by="lee").json == first
    desk.post(f"/v1/approvals/{first['id']}:reject", YES, by="ann")
    again = desk.post("/v1/approvals", {"token": token}, by="bot").json
    assert (again["state"], again["reason"], again["note"]) == ("rejected", "a good customer", "first")
    assert kinds(desk, decision["id"]) == ["approval_request", "approval"]


def test_a_token_is_good_for_its_decision_its_pack_its_customer_and_its_time(desk: Web) -> None:
    decision = asked(desk)
    token = decision["approval"]["token"]
    for wrong in ("x", "", f"{token}x", f"x{token}", token.swapcase()):
        answer = desk.post("/v1/approvals", {"token": wrong}, by="bot")
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/token")
    desk.caller("elsewhere", "decide", packs=frozenset({"other"}))
    desk.caller("another", "decide", customer="C-2")
    for by, status in (("elsewhere", 404), ("another", 404), ("auditor", 403), ("ann", 403)):
        assert desk.post("/v1/approvals", {"token": token}, by=by).status_code == status
    desk.clock.move(days=3)
    assert why(desk.post("/v1/approvals", {"token": token}, by="bot")) == (409, "approval-expired")
    assert kinds(desk, decision["id"]) == []


def test_who_answers_has_the_rung_or_one_above_it_and_is_known(desk: Web) -> None:
    desk.service.memory.ledger.append([contact(number, customer="again") for number in (1, 2, 3)])
    path = filed(desk, customer="again")
    assert desk.get(path, by="bot").json["approval"]["rung"] == "boss", "the cause comes first"
    desk.caller("nobody", "approve", roles=frozenset({"boss"}))
    desk.caller("outside", "approve", roles=frozenset({"captain"}), agent=Agent(id="cap"))
    assert why(desk.post(f"{path}:approve", YES, by="bot")) == (403, "scope-missing")
    assert why(desk.post(f"{path}:approve", YES, by="auditor")) == (403, "scope-missing")
    assert why(desk.post(f"{path}:approve", YES, by="lee")) == (403, "rung-too-low")
    assert why(desk.post(f"{path}:reject", YES, by="lee")) == (403, "rung-too-low")
    assert why(desk.post(f"{path}:approve", YES, by="outside")) == (403, "rung-too-low")
    assert why(desk.post(f"{path}:approve", {**YES, "agent": {"role": "boss"}}, by="lee")) == (403, "rung-not-yours")
    assert why(desk.post(f"{path}:approve", YES, by="nobody")) == (403, "approver-unknown")
    assert why(desk.post(f"{path}:approve", {**YES, "agent": {"id": "bob"}}, by="ann")) == (403, "agent-not-yours")
    assert desk.post(f"{path}:approve", {"reason": ""}, by="ann").status_code == 422
    assert why(desk.post("/v1/approvals/a-none:approve", YES, by="ann")) == (404, "not-found")
    said = desk.post(f"{path}:approve", {**YES, "agent": {"id": "zoe"}}, by="nobody").json
    assert (said["approval"]["answered_by"], said["decided"]["waived"]) == ("zoe", ["cause-first"])


def test_a_higher_rung_may_answer_and_the_lowest_that_may_is_taken(desk: Web) -> None:
    paths = [filed(desk) for _ in range(3)]
    desk.caller("both", "approve", roles=frozenset({"ai", "boss", "agent"}), agent=Agent(id="sam"))
    first = desk.post(f"{paths[0]}:approve", YES, by="ann").json
    second = desk.post(f"{paths[1]}:approve", YES, by="both").json
    third = desk.post(f"{paths[2]}:approve", {**YES, "agent": {"role": "boss"}}, by="both").json
    assert [one["approval"]["answered_rung"] for one in (first, second, third)] == ["boss", "agent", "boss"]
    assert desk.post(f"{paths[2]}:approve", {**YES, "agent": {"role": "ai"}}, by="both").status_code == 403


def test_nobody_answers_what_they_asked_for_themselves(desk: Web) -> None:
    own = ("own-approval",)
    desk.caller("tool", "decide", "approve", roles=frozenset({"ai", "agent"}))
    desk.caller("spare", "approve", roles=frozenset({"boss"}))
    desk.caller("clerk", "decide", "approve", roles=frozenset({"boss"}))
    given = desk.post("/v1/decisions", ask("20", agent={"role": "ai", "id": "pat"}, customer="own"), by="tool").json
    filing = {"token": given["approval"]["token"], "agent": {"id": "fay"}}
    path = f"/v1/approvals/{desk.post('/v1/approvals', filing, by='clerk').json['id']}"
    for by, id_ in (("tool", "kim"), ("tool", "pat"), ("clerk", "kim"), ("spare", "pat"), ("spare", "fay")):
        for word in ("approve", "reject"):
            assert why(desk.post(f"{path}:{word}", {**YES, "agent": {"id": id_}}, by=by)) == (403, *own)
    assert desk.post(f"{path}:approve", {**YES, "agent": {"id": "kim"}}, by="spare").status_code == 200
    by_lee = file(desk, asked(desk), "lee")
    assert why(desk.post(f"{by_lee}:approve", YES, by="lee")) == (403, *own)
    assert desk.post(f"{by_lee}:approve", YES, by="ann").status_code == 200
    shown = file(desk, desk.decide("20", agent=BOT, customer="shown"), "anybody")
    assert why(desk.post(f"{shown}:approve", {**YES, "agent": {"id": "bot-1"}})) == (403, *own)
    assert desk.post(f"{shown}:approve", {**YES, "agent": {"id": "kim"}}).status_code == 200, "in a demonstration"


def test_an_answer_comes_in_time_and_stands(desk: Web) -> None:
    late, no, yes = (filed(desk) for _ in range(3))
    rejected = desk.post(f"{no}:reject", {"reason": "not this time"}, by="lee")
    assert (rejected.json["approval"]["state"], rejected.json["decided"]) == ("rejected", None)
    approved = desk.post(f"{yes}:approve", YES, by="lee")
    desk.clock.move(days=3)
    assert accept(desk, approved.json["asked"]["id"]).status_code == 200, "it was approved in time"
    for path, word, first in ((no, "reject", rejected), (yes, "approve", approved)):
        assert desk.post(f"{path}:{word}", {"reason": "as I said"}, by="lee").json == first.json
        assert why(desk.post(f"{path}:{word}", YES, by="ann")) == (409, "already-answered")
    assert why(desk.post(f"{no}:approve", YES, by="lee")) == (409, "already-answered")
    assert why(desk.post(f"{yes}:reject", YES, by="lee")) == (409, "already-answered")
    for word in ("approve", "reject"):
        assert why(desk.post(f"{late}:{word}", YES, by="lee")) == (409, "approval-expired")
    assert desk.get(late, by="bot").json["approval"]["state"] == "expired"
    assert why(accept(desk, rejected.json["asked"]["id"])) == (409, "no-longer-granted")


def test_approving_grants_nothing_that_the_policy_does_not_let_by_now(desk: Web) -> None:
    path = filed(desk, "30", customer="less")
    other = desk.decide("40", customer="less")["id"]
    desk.post(f"/v1/decisions/{other}/outcome", {"outcome": "accepted", "amount": "15"})
    refused = desk.post(f"{path}:approve", YES, by="ann")
    assert why(refused) == (409, "no-longer-granted")
    assert (refused.json["decision"]["verdict"], refused.json["decision"]["offer"]["amount"]) == ("counter", "25.00")
    assert desk.get(path, by="ann").json["approval"]["state"] == "open"
    approved = filed(desk, "20", customer="none")
    assert desk.post(f"{approved}:approve", YES, by="lee").status_code == 200
    decision = desk.get(approved, by="lee").json["asked"]["id"]
    assert why(accept(desk, decision, amount="21")) == (422, "above-offer")
    override = {"outcome": "overridden", "amount": "30", "reason": "the manager of the shop"}
    desk.post(f"/v1/decisions/{desk.decide('1', customer='none')['id']}/outcome", override)
    assert why(accept(desk, decision)) == (409, "no-longer-granted")
    grant = accept(desk, decision, amount="10").json["events"][1]
    assert (grant["data"]["amount"], grant["data"]["agent"]["id"]) == ("10.00", "lee")


def test_what_is_approved_draws_on_the_budget_of_who_approved(tmp_path: Path) -> None:
    with ExitStack() as stack:
        budget = {"agent: {credit: 50,": "agent: {credit: {each: 50, per_day: 30},"}
        desk = opened(stack, tmp_path, **budget)
        first, second, third = (filed(desk) for _ in range(3))
        decisions = [desk.post(f"{path}:approve", YES, by="lee").json["asked"]["id"] for path in (first, second)]
        assert accept(desk, decisions[0]).status_code == 200
        refused = accept(desk, decisions[1])
        assert (why(refused)[1], refused.json["decision"]["reasons"]) == ("no-longer-granted", ["above_budget"])
        spent = desk.post(f"{third}:approve", YES, by="lee")
        assert (why(spent)[1], spent.json["decision"]["rung"]) == ("no-longer-granted", "boss")
        assert desk.post(f"{third}:approve", YES, by="ann").status_code == 200


def test_what_was_approved_stands_where_it_is_postponed_while_it_may_be_granted(desk: Web) -> None:
    small = desk.decide("1", customer="later")["id"]
    first, second = (asked(desk, "30", customer="later") for _ in range(2))
    for one in (first, second):
        assert desk.post(f"{file(desk, one)}:approve", YES, by="lee").status_code == 200
    later = {"outcome": "postponed", "stands_until": "2026-03-06"}
    word = desk.post(f"/v1/decisions/{first['id']}/outcome", later, by="bot").json["events"][1]
    assert (word["kind"], word["data"]["amount"]) == ("promise_made", "30.00")
    override = {"outcome": "overridden", "amount": "40", "reason": "the manager of the shop"}
    assert desk.post(f"/v1/decisions/{small}/outcome", override).status_code == 200
    assert why(desk.post(f"/v1/decisions/{second['id']}/outcome", later, by="bot")) == (409, "no-longer-granted")
    assert why(accept(desk, second["id"])) == (409, "no-longer-granted")
    desk.clock.move(days=1)
    grant = next(one for one in accept(desk, first["id"]).json["events"] if one["kind"] == "grant")
    assert (grant["data"]["amount"], grant["data"]["agent"]["id"]) == ("30.00", "lee"), "our word was given"


def test_an_offer_that_was_granted_in_part_needs_no_approval_any_more(desk: Web) -> None:
    decision = asked(desk)
    path = file(desk, decision)
    grant = accept(desk, decision["id"], amount="10").json["events"][1]
    assert grant["data"]["agent"]["id"] == "bot-1", "within its own authority"
    assert why(desk.post(f"{path}:approve", YES, by="lee")) == (409, "already-granted")
    other = asked(desk)
    accept(desk, other["id"], amount="10")
    token = other["approval"]["token"]
    assert why(desk.post("/v1/approvals", {"token": token}, by="bot")) == (409, "already-granted")


def test_of_several_asks_each_is_approved_and_all_count(desk: Web) -> None:
    credit = {"action": "credit", "amount": "30"}
    body = {**ask(customer="both"), "agent": {}, "ask": None, "asks": [credit, credit]}
    both = desk.post("/v1/decisions", body, by="bot").json["decisions"]
    for one in both:
        assert desk.post(f"{file(desk, one)}:approve", YES, by="lee").json["decided"]["id"] == one["id"]
    assert accept(desk, both[0]["id"]).status_code == 200
    refused = accept(desk, both[1]["id"])
    assert (why(refused)[1], refused.json["decision"]["offer"]["amount"]) == ("no-longer-granted", "10.00")


def test_without_an_amount_as_much_is_asked_for_as_the_rung_may_grant(desk: Web) -> None:
    desk.service.memory.ledger.append([contact(number, customer="much") for number in (4, 5, 6)])
    path = filed(desk, None, customer="much")
    assert desk.get(path, by="bot").json["approval"]["amount"] == "40.00"
    assert desk.post(f"{path}:approve", YES, by="ann").json["decided"]["offer"]["amount"] == "40.00"


def test_approvals_are_listed_newest_first_page_by_page(tmp_path: Path) -> None:
    with ExitStack() as stack:
        desk = opened(stack, tmp_path)
        lapsed = filed(desk, customer="C-0")
        desk.clock.move(days=400)
        later = []
        for number in (1, 2, 3):
            later.append(filed(desk, customer=f"C-{number}"))
            desk.clock.move(minutes=1)
        desk.post(f"{later[0]}:reject", YES, by="lee")

        assert listed(desk, "") == [*reversed(later), lapsed]
        assert listed(desk, "state=open") == [later[2], later[1]]
        assert (listed(desk, "state=rejected"), listed(desk, "state=expired"), listed(desk, "state=approved")) == (
            [later[0]],
            [lapsed],
            [],
        )
        assert (listed(desk, "rung=boss"), len(listed(desk, "rung=agent&pack=tiny"))) == ([], 4)
        pages, after = [], ""
        while after is not None:
            page = desk.get(f"/v1/approvals?limit=2{after and f'&after={after}'}", by="auditor").json
            pages.append([f"/v1/approvals/{one['id']}" for one in page["approvals"]])
            after = page["next"]
        assert pages == [[later[2], later[1]], [later[0], lapsed]]
        desk.caller("mine", "approve", customer="C-2")
        desk.caller("elsewhere", "approve", packs=frozenset({"other"}))
        assert (listed(desk, "", by="mine"), listed(desk, "", by="elsewhere")) == ([later[1]], [])
        for path, by in ((later[0], "mine"), (later[0], "elsewhere")):
            assert desk.get(path, by=by).status_code == 404
        assert desk.get("/v1/approvals?pack=tiny", by="elsewhere").status_code == 404
        for query in ("state=closed", "limit=0", "limit=101", "limit=x", "after=x", "who=lee"):
            assert desk.get(f"/v1/approvals?{query}", by="auditor").status_code == 422
        assert desk.get("/v1/approvals", by="bot").status_code == 403


def test_once_a_customer_is_erased_nothing_of_theirs_is_approved(desk: Web) -> None:
    waiting, unfiled = filed(desk, customer="gone"), asked(desk, "25", customer="gone")
    assert waiting in listed(desk)
    memory = desk.service.memory
    erase(memory.ledger, memory.vault, Erasure("gone", "asked for it", desk.clock.now))
    for word in ("approve", "reject"):
        assert desk.post(f"{waiting}:{word}", YES, by="lee").status_code == 410
    assert desk.post("/v1/approvals", {"token": unfiled["approval"]["token"]}, by="bot").status_code == 410
    assert desk.get(waiting, by="lee").status_code == 410
    assert waiting not in listed(desk)


def test_what_a_desk_takes_over_has_no_template(tmp_path: Path) -> None:
    refer = {"deny: {waivable_by: boss}": "refer: security", "customer_id:": "desks: [security]\ncustomer_id:"}
    with ExitStack() as stack:
        desk = opened(stack, tmp_path, **refer)
        desk.service.memory.ledger.append([contact(number) for number in (1, 2, 3)])
        decision = desk.decide("20")
        assert (decision["verdict"], decision["desk"], decision["approval"]) == ("escalate", "security", None)


def at_once(*calls: Callable[[], TestResponse]) -> list[TestResponse]:
    """Return what calls are answered that are made together."""
    with ThreadPoolExecutor(len(calls)) as threads:
        return [one.result() for one in [threads.submit(call) for call in calls]]


def test_of_two_answers_at_once_exactly_one_counts(people: Web) -> None:
    for word in ("approve", "reject", "approve", "reject"):
        decision = asked(people)
        path = file(people, decision)
        calls = [partial(people.post, f"{path}:{one}", YES, by=by) for one, by in (("approve", "lee"), (word, "ann"))]
        answers = at_once(*calls)
        assert sorted(why(one) for one in answers) == [(200, ""), (409, "already-answered")]
        (first,) = [one.json["approval"] for one in answers if one.status_code == 200]
        assert people.get(path, by="lee").json["approval"] == first
        assert kinds(people, decision["id"]) == ["approval_request", "approval"]


def test_an_approval_comes_before_its_time_is_over_or_not_at_all(people: Web) -> None:
    for _ in range(3):
        decision = asked(people)
        path = file(people, decision)
        people.clock.move(days=3, microseconds=-1)
        calls = [partial(people.post, f"{path}:approve", YES, by=by) for by in ("lee", "lee", "lee")]
        with ThreadPoolExecutor(4) as threads:
            given = [threads.submit(call) for call in calls]
            threads.submit(people.clock.move, microseconds=1)
        answers = [one.result() for one in given]
        state = people.get(path, by="lee").json["approval"]["state"]
        assert {why(one) for one in answers} <= {(200, ""), (409, "approval-expired")}
        assert state == ("approved" if 200 in [one.status_code for one in answers] else "expired")
        assert why(people.post(f"{path}:reject", YES, by="ann"))[0] == 409


def test_of_acceptances_at_once_exactly_as_many_are_granted_as_may_be(people: Web) -> None:
    for number in range(3):
        customer = f"rush-{number}"
        decisions = [asked(people, "30", customer=customer) for _ in range(2)]
        for one in decisions:
            assert people.post(f"{file(people, one)}:approve", YES, by="lee").status_code == 200
        answers = at_once(*(partial(accept, people, one["id"]) for one in decisions for _ in range(2)))
        assert sum(one.status_code == 200 for one in answers) == 1, "40 in all, in thirties"
        grants = [one.event for one in people.service.memory.ledger.about(customer, kinds=("grant",))]
        assert [one.agent.id for one in grants] == ["lee"]


@pytest.mark.property
def test_an_approval_lets_through_just_what_the_rung_that_gives_it_could_grant_itself(tmp_path: Path) -> None:
    seen = {True: 0, False: 0}
    for seed in range(5):
        _, release = random_release(seed, tmp_path / f"p{seed}")
        draw = random.Random(seed)
        for one in (knocked_out(draw, request(draw), 0.1) for _ in range(40)):
            asked = DecisionRequest.model_validate_json(json.dumps(one))
            decision = decide(release, asked)
            assert isinstance(decision, Decision)
            if decision.rung is None:
                continue
            event = decision_event(release, asked, decision)
            for role in LADDER:
                higher = Agent(role=role, id="b-1", team="south")
                lately = {name: granted(draw) for name in ("agent", "team")}
                ask_ = asked.ask.model_copy(update={"amount": event.amount})
                own = decide(release, asked.model_copy(update={"agent": higher, "granted": lately, "ask": ask_}))
                present = Present(moment_at(event.at), granted=lately, agent=higher)
                again = still_grantable(release, event, event.amount, present)
                assert again.covered == covers(own, event.amount)
                assert (again.decision.verdict, again.decision.offer) == (own.verdict, own.offer)
                seen[again.covered] += 1
    assert min(seen.values()) > 20


@pytest.mark.property
def test_no_rung_below_the_one_that_is_asked_ever_answers() -> None:
    draw, answered = random.Random(1), 0
    for _ in range(500):
        rungs = {f"r{step}": step for step in range(1, draw.randint(2, 7))}
        asked = draw.choice(list(rungs))
        roles = frozenset(draw.sample([*rungs, "other"], draw.randint(0, len(rungs))))
        who = Caller(
            "key:1", frozenset({"approve"}), roles=draw.choice([None, roles]), agent=Agent(id=draw.choice("abc"))
        )
        given = Agent(role=draw.choice([None, None, *rungs, "other"]))
        try:
            found = approver(rungs, question(asked, "a", draw.choice(["key:1", "key:2", "key:3"])), who, given)
        except AccessProblem:
            continue
        answered += 1
        assert found.role is not None
        assert rungs[found.role] >= rungs[asked]
        assert given.role in (None, found.role)
        assert who.roles is None or found.role in who.roles
        assert found.id != "a"
    assert answered > 50


def question(rung: str, by: str, credential: str) -> Question:
    """Return what a rung is asked by somebody."""
    said = {"at": NOON, "agent": Agent(id=by), "action": "credit", "rung": rung}
    event = DecisionEvent(id="d", release="r", verdict="escalate", digest="", **said)
    expires = NOON + timedelta(days=1)
    return Question(
        ApprovalRequestEvent(id="q", decision="d", expires=expires, credentials=(credential,), **said), event
    )
