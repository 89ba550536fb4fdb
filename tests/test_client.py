"""The client, over the application itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from ledgers import in_sqlite  # noqa: F401 - a fixture
from web_desk import Web, ask, web_in_sqlite  # noqa: F401 - a fixture

from api import client as clients
from api.calls import (
    approval,
    approvals,
    approve,
    ask_approval,
    check,
    decide,
    decide_each,
    decision,
    erase,
    explanation,
    offers,
    pack,
    packs,
    promises,
    record,
    reject,
    replay,
    rules,
    settle,
    timeline,
)
from api.client import AsyncClient, Client, Refused
from schemas.answers import DecisionAnswer
from schemas.decision import Problem
from schemas.packs import Draft
from schemas.questions import ApprovalAsked, ApprovalGiven, EventsTold, OutcomeRequest
from schemas.request import Agent, DecisionRequest

Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def client(web_in_sqlite: Web) -> Client:  # noqa: F811
    return Client("http://leeway", "anybody", transport=httpx.WSGITransport(web_in_sqlite.app))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give the pauses that a client makes, which take no time."""
    made: list[float] = []
    monkeypatch.setattr(clients.time, "sleep", made.append)
    return made


def request(amount: str = "20") -> DecisionRequest:
    return DecisionRequest.model_validate(ask(amount))


def test_a_decision_is_asked_for_read_and_told(client: Client) -> None:
    found = client.send(decide(request(), explain=True))
    assert isinstance(found, DecisionAnswer)
    assert found.verdict == "approve"
    assert client.send(decision(found.id)).offer == found.offer
    assert client.send(explanation(found.id, "customer")).text == found.texts["customer"]
    assert {one.action for one in client.send(offers(request())).offers} == {"credit", "call"}


def test_many_are_decided_each_by_itself(client: Client) -> None:
    wrong = request().model_copy(update={"pack": "nowhere"})
    items = client.send(decide_each([request(), wrong])).items
    assert isinstance(items[0], DecisionAnswer)
    assert isinstance(items[1], Problem)
    assert items[1].status == 404


def test_an_escalation_is_filed_answered_and_taken(client: Client) -> None:
    asked = request("30").model_copy(update={"agent": Agent(role="ai", id="bot")})
    escalated = client.send(decide(asked))
    assert isinstance(escalated, DecisionAnswer)
    assert escalated.approval is not None
    filed = client.send(ask_approval(ApprovalAsked(token=escalated.approval.token, note="long-time customer")))
    assert [one.id for one in client.send(approvals(state="open")).approvals] == [filed.id]
    assert client.send(approval(filed.id)).approval.state == "open"
    boss = Agent(role="boss", id="lee")
    given = client.send(approve(filed.id, ApprovalGiven(reason="fair", agent=boss)))
    assert given.approval.state == "approved"
    with pytest.raises(Refused) as refused:
        client.send(reject(filed.id, ApprovalGiven(reason="no", agent=boss)))
    assert refused.value.status == 409
    taken = client.send(settle(escalated.id, OutcomeRequest(outcome="accepted")))
    assert "grant" in [one.kind for one in taken.events]
    assert client.send(replay(escalated.id)).same


def test_what_happens_to_a_customer_is_told_listed_and_erased(client: Client) -> None:
    told = {"kind": "contact", "customer": "C-1", "topic": "router", "pack": "tiny"}
    assert [one.kind for one in client.send(record(EventsTold(events=[told]))).events] == ["contact"]
    made = client.send(decide(request()))
    client.send(settle(made.id, OutcomeRequest(outcome="accepted")))
    assert [one.state for one in client.send(promises("C-1")).promises] == ["open"]
    kinds = [one.kind for one in client.send(timeline("C-1", limit="2")).events]
    assert len(kinds) == 2
    client.send(erase("C-1"))
    assert client.send(timeline("C-1")).events == ()


def test_packs_are_listed_told_and_checked(client: Client) -> None:
    assert [one.pack for one in client.send(packs()).packs] == ["tiny"]
    assert {one.action for one in client.send(pack("tiny")).actions} == {"credit", "call"}
    assert "cause-first" in {one.id for one in client.send(rules("tiny")).rules}
    assert not client.send(check("tiny", Draft(files={"pack.yaml": "pack: tiny\nrules: 1\n"}))).fine


def test_a_problem_is_raised_as_it_was_told(client: Client) -> None:
    with pytest.raises(Refused) as refused:
        client.send(decision("d-none"))
    assert refused.value.status == 404
    assert refused.value.problem.type == "/problems/not-found"


def test_a_call_is_sent_again_until_it_is_answered_and_is_the_same_call(
    web_in_sqlite: Web,  # noqa: F811
    pauses: list[float],
) -> None:
    to_app, keys = httpx.WSGITransport(web_in_sqlite.app), []
    failures: list[Handler] = [
        lambda _: httpx.Response(503, headers={"Retry-After": "2"}),
        lambda sent: (_ for _ in ()).throw(httpx.ConnectError("no way", request=sent)),
    ]

    def answer(sent: httpx.Request) -> httpx.Response:
        keys.append(sent.headers["Idempotency-Key"])
        if failures:
            return failures.pop(0)(sent)
        return httpx.Response(200, content=to_app.handle_request(sent).read())

    found = Client("http://leeway", "anybody", transport=httpx.MockTransport(answer)).send(decide(request()))
    assert isinstance(found, DecisionAnswer)
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert pauses[0] == 2
    assert 0 < pauses[1] < 1


def test_after_the_last_try_the_failure_is_told(pauses: list[float]) -> None:
    def away(sent: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no way", request=sent)

    with pytest.raises(httpx.ConnectError):
        Client("http://leeway", transport=httpx.MockTransport(away)).send(decision("d"))
    assert len(pauses) == 2
    busy = Client("http://leeway", tries=2, transport=httpx.MockTransport(lambda _: httpx.Response(429)))
    with pytest.raises(Refused) as refused:
        busy.send(decision("d"))
    assert refused.value.problem.type == "about:blank"


def test_what_is_being_answered_just_now_is_sent_again_when_the_server_says(
    web_in_sqlite: Web,  # noqa: F811
    pauses: list[float],
) -> None:
    to_app, keys = httpx.WSGITransport(web_in_sqlite.app), []

    def answer(sent: httpx.Request) -> httpx.Response:
        keys.append(sent.headers["Idempotency-Key"])
        if len(keys) == 1:
            return httpx.Response(409, headers={"Retry-After": "1"})
        return httpx.Response(200, content=to_app.handle_request(sent).read())

    found = Client("http://leeway", "anybody", transport=httpx.MockTransport(answer)).send(decide(request()))
    assert isinstance(found, DecisionAnswer)
    assert keys == [keys[0]] * 2
    assert pauses == [1]


def test_what_is_refused_for_good_is_sent_once(pauses: list[float]) -> None:
    sent: list[httpx.Request] = []
    answers = httpx.MockTransport(lambda request: sent.append(request) or httpx.Response(409))
    with pytest.raises(Refused):
        Client("http://leeway", transport=answers).send(decide(request()))
    assert len(sent) == 1
    assert pauses == []


def test_a_client_can_be_awaited(web_in_sqlite: Web, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    to_app, sent = httpx.WSGITransport(web_in_sqlite.app), []
    monkeypatch.setattr(clients, "FIRST_PAUSE", 0)

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=to_app.handle_request(request).read()) if sent[1:] else httpx.Response(502)

    async def asked() -> object:
        async with AsyncClient("http://leeway", "anybody", transport=httpx.MockTransport(answer)) as client:
            return await client.send(decide(request()))

    assert isinstance(asyncio.run(asked()), DecisionAnswer)
    assert len(sent) == 2
