"""The AuthZEN Authorization API beside the native one: its certification scenario, and that both decide the same."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from authzen_cases import ACTIONS, ALICE, BASIC, BOB, CASES, ONE, READ, SUBJECTS, WRITE, Case
from ledgers import Place, in_sqlite  # noqa: F401 - a fixture
from packs import write_pack
from serving_desk import pack
from web_desk import Web, served, written

from api.examples import blocks
from engine.language.diagnostics import Diagnostics
from simulations.scenarios.read import scenarios_of

HERE = Path(__file__).parent
RULES = HERE.parent / "rules"
PAGE = HERE.parent / "docs" / "authzen.md"
SHOP = """\
customer_id: CUSTOMER
actions:
  wave: {title: Wave}
rules:
  - id: ann-waves
    action: wave
    when: [subject.id == "ann", subject.type == "ai", customer.number > 0]
    allow: true
    source: Waving
"""
SHOP_FACTS = """\
type: object
properties:
  subject: {type: object, properties: {type: {type: string}, id: {enum: [ann, ben]}}}
  customer: {type: object, properties: {number: {type: integer}}}
"""
NUMBERS = count()
"""Of customers, so that no test sees what another granted."""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Give tests the API of the certification scenario, and `pep`, who may ask it for users."""
    folder = tmp_path_factory.mktemp("records")
    with ExitStack() as stack:
        web = served(stack, Place(f"sqlite:///{folder}/ledger.db", folder), HERE, serve="authzen_pack")
        web.caller("pep", "decide", roles=frozenset({"user"}))
        yield web


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Give tests the API of the small desk, one for all of them."""
    folder = tmp_path_factory.mktemp("tiny")
    pack(folder / "packs" / "tiny")
    with ExitStack() as stack:
        yield served(stack, Place(f"sqlite:///{folder}/ledger.db", folder), folder / "packs")


def asked(web: Web, path: str, body: Any, **more: Any) -> Any:
    """Return what a question is answered, which is no error."""
    answer = web.post(f"/access/v1/{path}", body, **more)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/json"
    return answer.json


def credit(amount: str | None = "20", role: str | None = "agent", **customer: Any) -> dict[str, Any]:
    """Return an evaluation of a credit at the small desk, for a customer who was there never before."""
    subject = {
        "type": "user",
        "id": "kim",
        "properties": {"team": "blue"} if role is None else {"role": role, "team": "blue"},
    }
    action = {"name": "credit"} if amount is None else {"name": "credit", "properties": {"amount": amount}}
    given = {"name": "Ada", "good": True, **customer}
    resource = {"type": "customer", "id": given.pop("id", f"N-{next(NUMBERS)}"), "properties": {"customer": given}}
    return {"subject": subject, "action": action, "resource": resource}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.level}: {case.name}")
def test_the_certification_scenario_is_passed(records: Web, case: Case) -> None:
    answer = records.post(f"/access/v1/{case.path}", case.body, by="pep", X_Request_ID="a-b", **case.headers)
    assert answer.status_code == case.status
    assert answer.headers["X-Request-ID"] == "a-b"
    if case.decisions is not None:
        given = answer.json.get("evaluations", [answer.json])
        assert tuple(one["decision"] for one in given) == case.decisions
        assert ("decision" in answer.json) != ("evaluations" in answer.json)
    if case.results is not None:
        assert [one for one in case.results if one not in answer.json["results"]] == []
        assert bool(answer.json["results"]) == bool(case.results)


def test_a_method_that_is_none_and_a_caller_whom_nobody_knows_are_refused(records: Web) -> None:
    for path in ("evaluation", "evaluations", "search/subject", "search/resource", "search/action"):
        for method in ("GET", "PUT"):
            answer = records.call(method, f"/access/v1/{path}", X_Request_ID="7")
            assert (answer.status_code, answer.headers["X-Request-ID"]) == (405, "7")
        answer = records.post(f"/access/v1/{path}", BASIC, by=None, X_Request_ID="8")
        assert (answer.status_code, answer.headers["X-Request-ID"]) == (401, "8")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "X-Request-ID" not in records.post("/access/v1/evaluation", BASIC).headers


def test_results_come_a_page_at_a_time(records: Web) -> None:
    first = asked(records, "search/subject", {**SUBJECTS, "page": {"limit": 1}})
    token = first["page"]["next_token"]
    assert (first["page"]["count"], first["results"]) == (1, [ALICE])
    for page in ({"token": token}, {"token": token, "limit": 1}):
        second = asked(records, "search/subject", {**SUBJECTS, "page": page})
        assert second == {"page": {"next_token": "", "count": 1}, "results": [BOB]}
    assert "page" not in asked(records, "search/subject", SUBJECTS)
    none = asked(records, "search/action", {**ACTIONS, "page": {"limit": 0}})
    assert none["results"] == []
    assert none["page"]["next_token"] != ""
    changed = [
        ("subject", {**SUBJECTS, "action": WRITE, "page": {"token": token}}),
        ("subject", {**SUBJECTS, "page": {"token": token, "limit": 2}}),
        ("subject", {**SUBJECTS, "page": {"token": "b64"}}),
        ("action", {**ACTIONS, "page": {"token": token}}),
    ]
    assert [records.post(f"/access/v1/search/{path}", body).status_code for path, body in changed] == [400] * 4


def test_a_record_of_a_type_that_the_pack_does_not_declare_is_refused_and_never_found(records: Web) -> None:
    ship = {"type": "spaceship", "id": "record-1"}
    answer = records.post("/access/v1/evaluation", {**BASIC, "resource": ship})
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json["errors"]] == ["/resource/type"]
    assert asked(records, "search/action", {**ACTIONS, "resource": ship, "page": {}}) == {
        "page": {"next_token": "", "count": 0},
        "results": [],
    }
    assert asked(records, "search/subject", {**SUBJECTS, "action": {"name": "paint"}}) == {"results": []}
    assert records.post("/access/v1/evaluation", {**BASIC, "action": {"name": "paint"}}).status_code == 400


def test_decisions_without_a_context_are_the_same_to_the_byte(in_sqlite: Place) -> None:  # noqa: F811 - the fixture
    with ExitStack() as stack:
        settings = {"authzen_context": "none", "public_url": "https://pdp.example.com/"}
        web = served(stack, in_sqlite, HERE, serve="authzen_pack", **settings)
        for path, body in (
            ("evaluation", BASIC),
            (
                "evaluations",
                {"subject": BOB, "resource": ONE, "evaluations": [{"action": READ}, {"action": WRITE}, {}]},
            ),
        ):
            assert len({web.post(f"/access/v1/{path}", body).data for _ in range(3)}) == 1
        assert asked(web, "evaluation", BASIC) == {"decision": True}
        assert written(web) >= 10
        found = web.get("/.well-known/authzen-configuration", by=None)
        base = "https://pdp.example.com"
        assert found.json == {
            "policy_decision_point": base,
            "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
            "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
            "search_subject_endpoint": f"{base}/access/v1/search/subject",
            "search_resource_endpoint": f"{base}/access/v1/search/resource",
            "search_action_endpoint": f"{base}/access/v1/search/action",
        }
        assert found.headers["Cache-Control"] == "public, max-age=300"


def test_an_evaluation_is_kept_like_any_decision_and_says_its_why(tiny: Web) -> None:
    web = tiny
    yes = asked(
        web, "evaluation", {**credit(id="C-1"), "context": {"pack": "tiny", "channel": "phone", "session": "s-1"}}
    )
    kept = web.get(f"/v1/decisions/{yes['context']['id']}").json
    assert (yes["decision"], kept["verdict"], kept["offer"]["amount"]) == (True, "approve", "20.00")
    assert yes["context"]["say"] == "Here is €20.00, Ada.\nPaid by March 7, 2026."
    assert yes["context"]["reason_user"].keys() == yes["context"]["reason_admin"].keys() == {"200"}
    assert [one["id"] for one in yes["context"]["promises"]] == ["paid"]
    event = web.service.memory.ledger.one(yes["context"]["id"]).event
    assert (event.customer, event.agent.id, event.agent.role, event.channel) == ("C-1", "kim", "agent", "phone")

    counter = asked(web, "evaluation", credit("45", id="C-2"))
    assert (counter["decision"], counter["context"]["verdict"]) == (False, "counter")
    assert counter["context"]["counter_offer"]["amount"] == "40.00"
    assert counter["context"]["reason_user"].keys() == {"403"}
    assert "offer" not in counter["context"]

    higher = asked(web, "evaluation", credit("20", role="ai", id="C-3"))["context"]
    assert (higher["verdict"], higher["within_authority"]) == ("escalate", "10.00")
    assert (higher["access_request"]["rung"], higher["access_request"]["amount"]) == ("agent", "20.00")
    assert higher["access_request"]["token"]

    unknown = credit("20", id="C-4")
    del unknown["resource"]["properties"]["customer"]["good"]
    ask = asked(web, "evaluation", unknown)
    assert (ask["decision"], ask["context"]["verdict"]) == (False, "ask")
    assert [one["fact"] for one in ask["context"]["questions"]] == ["customer.good"]
    unknown["resource"]["properties"]["customer"]["gud"] = True
    assert asked(web, "evaluation", unknown)["context"]["verdict"] == "ask"


def test_what_is_wrong_is_refused_by_its_place_in_the_question(tiny: Web) -> None:
    web, before = tiny, written(tiny)
    case = {**credit(), "resource": {"type": "case", "id": "9", "properties": {"customer": {"good": "secret"}}}}
    wrong = [
        (credit(good="secret"), "/resource/properties/customer/good"),
        (credit(good=None), "/resource/properties/customer/good"),
        (case, "/resource/properties/customer/good"),
        (credit(amount="secret"), "/action/properties/amount"),
        ({**credit(), "action": {"name": "credit", "properties": {"about": 7}}}, "/action/properties/about"),
        ({**credit(), "action": {"name": "secret"}}, "/action/name"),
        (credit(role="secret"), "/subject/properties/role"),
        ({**credit(), "resource": {"type": "secret", "id": "C-1"}}, "/resource/type"),
        ({**credit(), "context": {"now": "secret"}}, "/context/now"),
        ({**credit(), "context": {"channel": 2**70}}, "/context/channel"),
        (
            {**credit(), "resource": {**credit()["resource"], "properties": {"customer": {"id": "secret"}}}},
            "/resource/id",
        ),
        (
            {**credit(), "resource": {**credit()["resource"], "properties": {"customer": "secret"}}},
            "/resource/properties/customer",
        ),
    ]
    for body, pointer in wrong:
        answer = web.post("/access/v1/evaluation", body)
        assert (answer.status_code, answer.json["status"]) == (400, 400), pointer
        assert [one["pointer"] for one in answer.json["errors"]] == [pointer]
        assert "secret" not in answer.text
    each = asked(web, "evaluations", {"evaluations": [body for body, _ in wrong] + ["secret", 2**70, None]})[
        "evaluations"
    ]
    assert [one["decision"] for one in each] == [False] * (len(wrong) + 3)
    assert [one["context"]["error"]["status"] for one in each] == [400] * (len(wrong) + 3)
    assert [one["context"]["error"]["errors"][0]["pointer"] for one in each[: len(wrong)]] == [at for _, at in wrong]
    assert web.post("/access/v1/evaluations", {"evaluations": [{}] * 101}).status_code == 400
    assert written(web) == before


def test_a_subject_is_bound_by_the_credential(tiny: Web) -> None:
    web = tiny
    web.caller("auditor", "audit")
    web.caller("ai", "decide", roles=frozenset({"ai"}))
    web.caller("lee", "decide", roles=None, agent=web.callers.known["anybody"].agent.model_copy(update={"id": "lee"}))
    web.caller("elsewhere", "decide", roles=None, packs=frozenset({"other"}))
    web.caller("ada", "decide", roles=None, customer="C-9")
    for name, body in (
        ("auditor", credit()),
        ("ai", credit()),
        ("lee", credit()),
        ("elsewhere", {**credit(), "context": {"pack": "tiny"}}),
        ("ada", credit()),
    ):
        answer = web.post("/access/v1/evaluation", body, by=name)
        assert (answer.status_code, answer.json["status"]) == (403, 403), name
        each = {"evaluations": [body]}
        if name != "auditor":
            item = asked(web, "evaluations", each, by=name)["evaluations"][0]
            assert (item["decision"], item["context"]["error"]["status"]) == (False, 403)
    assert asked(web, "evaluation", credit(role=None), by="ai")["context"]["verdict"] == "escalate"
    assert asked(web, "evaluation", credit(id="C-9"), by="ada")["decision"] is True


def test_a_time_counts_where_the_caller_may_say_it(tiny: Web) -> None:
    web = tiny
    web.caller("desk", "decide", roles=None)
    near, far = "2026-03-04T12:01:00+00:00", "2025-06-27T18:03-07:00"
    said = {
        (by, name, moment): web.post("/access/v1/evaluation", {**credit(), "context": {name: moment}}, by=by)
        for by, name, moment in [
            ("desk", "time", near),
            ("desk", "time", far),
            ("desk", "time", "noon"),
            ("desk", "now", near),
            ("desk", "now", far),
            ("anybody", "time", far),
        ]
    }
    moments = [one.json["context"]["now"][:16] if one.status_code == 200 else one.status_code for one in said.values()]
    clock = "2026-03-04T12:00"
    assert moments == ["2026-03-04T12:01", clock, clock, "2026-03-04T12:01", 400, "2025-06-28T01:03"]


def test_a_key_keeps_evaluations_from_being_decided_twice(tiny: Web) -> None:
    body = {**credit(), "evaluations": [{}, {}, {"action": {"name": "call"}}]}
    first = asked(tiny, "evaluations", body, Idempotency_Key="k-1")
    before = written(tiny)
    assert asked(tiny, "evaluations", body, Idempotency_Key="k-1") == first
    assert written(tiny) == before
    assert len({one["context"]["id"] for one in first["evaluations"]}) == 3


def test_what_a_search_finds_is_a_yes_and_nothing_else_is(tiny: Web) -> None:
    web, before = tiny, written(tiny)
    for amount, rungs in (("9", ["ai", "agent", "boss"]), ("20", ["agent", "boss"]), ("41", [])):
        question = {**credit(amount), "subject": {"type": "agent"}}
        subjects = asked(web, "search/subject", question)["results"]
        assert [one["id"] for one in subjects] == rungs
        assert all(one["type"] == "agent" for one in subjects)
    assert asked(web, "search/subject", {**credit("9"), "subject": {"type": "planet"}})["results"] == []
    found = {role: asked(web, "search/action", credit(None, role=role))["results"] for role in (None, "ai", "agent")}
    assert found[None] == []
    assert found["ai"] == [{"name": "credit", "properties": {"amount": "10.00"}}]
    assert found["agent"] == [{"name": "call"}, {"name": "credit", "properties": {"amount": "40.00"}}]
    assert written(web) == before
    subjects = asked(web, "search/subject", {**credit("9"), "subject": {"type": "agent"}})["results"]
    assert all(asked(web, "evaluation", {**credit("9"), "subject": one})["decision"] for one in subjects)
    for place, action in enumerate(found["agent"]):
        assert asked(web, "evaluation", {**credit(None, id=f"D-{place}"), "action": action})["decision"] is True


def test_resources_that_no_pack_can_list_are_not_searched(tiny: Web) -> None:
    answer = tiny.post("/access/v1/search/resource", {**credit(), "resource": {"type": "customer"}})
    assert answer.status_code == 400
    assert answer.json["errors"][0]["code"] == "not-listed"
    found = tiny.get("/.well-known/authzen-configuration").json
    assert "search_resource_endpoint" not in found
    assert found["search_subject_endpoint"] == "http://localhost/access/v1/search/subject"


def test_a_pack_may_list_its_subjects_and_number_its_customers(in_sqlite: Place) -> None:  # noqa: F811 - the fixture
    for name, customer in (("shop", "customer.number"), ("depot", "string(customer.number)")):
        text = SHOP.replace("CUSTOMER", customer)
        write_pack(in_sqlite.folder / "packs" / name, text, facts=SHOP_FACTS)
        place = in_sqlite.folder / "packs" / name / "pack.yaml"
        place.write_text(place.read_text(encoding="utf-8").replace("pack: tiny", f"pack: {name}"), encoding="utf-8")
    with ExitStack() as stack:
        web = served(stack, in_sqlite, in_sqlite.folder / "packs")
        ann, zoe, wave = {"type": "ai", "id": "ann"}, {"type": "ai", "id": "zoe"}, {"name": "wave"}
        seven = {"type": "customer", "id": "7"}
        shop: dict[str, Any] = {"subject": ann, "action": wave, "resource": seven, "context": {"pack": "shop"}}
        yes = asked(web, "evaluation", shop)
        assert yes["decision"] is True
        assert web.service.memory.ledger.one(yes["context"]["id"]).event.customer == "7"
        assert asked(web, "search/subject", shop)["results"] == [ann]
        assert asked(web, "search/action", {**shop, "subject": zoe})["results"] == []
        depot = {**shop, "context": {"pack": "depot"}}
        said = {**seven, "properties": {"customer": {"number": 7}}}
        assert asked(web, "evaluation", {**depot, "resource": said})["decision"] is True
        wrong = [
            ({**shop, "subject": zoe}, "/subject/id"),
            ({**shop, "subject": {"type": "clerk", "id": "ann"}}, "/subject/type"),
            ({**shop, "resource": {**seven, "id": "07"}}, "/resource/id"),
            ({**shop, "resource": {**seven, "id": "x7"}}, "/resource/properties/customer/number"),
            (depot, "/resource/id"),
            ({**depot, "resource": {**said, "id": "8"}}, "/resource/id"),
            ({**shop, "context": {}}, "/context/pack"),
        ]
        for body, pointer in wrong:
            answer = web.post("/access/v1/evaluation", body)
            assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (400, pointer)


def drawn(dice: random.Random) -> dict[str, Any]:
    """Return a native ask at the small desk, with gaps."""
    agent = {"id": "kim", "team": "blue", "role": dice.choice([None, "ai", "agent", "boss"])}
    customer = {name: value for name, value in (("name", "Ada"), ("good", dice.random() < 0.7)) if dice.random() < 0.8}
    action: dict[str, Any] = {"action": dice.choice(["credit", "credit", "call"])}
    if action["action"] == "credit" and dice.random() < 0.8:
        action["amount"] = dice.choice(["5", "10", "10.01", 25, 40, 40.5, "50"])
    return {"agent": agent, "facts": {"customer": customer}, "ask": action}


def both(web: Web, place: int, native: dict[str, Any], now: str | None = None) -> tuple[Any, Any]:
    """Return what the native API and AuthZEN answer to the same ask, of customers who are alike."""
    customer, facts, ask = f"C-{place}", native["facts"], dict(native["ask"])
    here = {**facts, "customer": {**facts.get("customer", {}), "id": f"{customer}-a"}}
    moment = {} if now is None else {"now": now}
    said = web.post("/v1/decisions", {**native, **moment, "facts": here}).json
    agent = native["agent"]
    name = ask.pop("action")
    there = {**facts, "customer": {key: value for key, value in facts.get("customer", {}).items() if key != "id"}}
    question = {
        "subject": {"type": "user", "id": agent["id"], "properties": {key: agent.get(key) for key in ("role", "team")}},
        "action": {"name": name, "properties": ask},
        "resource": {"type": "customer", "id": f"{customer}-b", "properties": there},
        "context": moment,
    }
    return said, asked(web, "evaluation", question)


def test_it_is_a_yes_exactly_where_the_native_verdict_is_approve(tiny: Web) -> None:
    dice, seen = random.Random(6), set()
    for place in range(24):
        native, answer = both(tiny, place, drawn(dice))
        assert answer["context"]["verdict"] == native["verdict"]
        assert answer["decision"] is (native["verdict"] == "approve")
        seen.add(native["verdict"])
    assert seen == {"approve", "counter", "escalate", "ask", "decline"}


def test_it_decides_cases_of_the_telecom_pack_as_the_native_api_does(in_sqlite: Place) -> None:  # noqa: F811
    scenarios = scenarios_of(RULES / "telecom", Diagnostics())[::42]
    obligations = 0
    with ExitStack() as stack:
        web = served(stack, in_sqlite, RULES, serve="telecom")
        question = next(one for one in blocks(PAGE.read_text(encoding="utf-8")) if one.language == "json")
        assert asked(web, "evaluation", json.loads(question.text))["context"]["verdict"] == "ask"
        for place, scenario in enumerate(scenarios):
            step = scenario.steps[0]
            ask = {
                "agent": {"id": "kim", "role": step.asker.role},
                "facts": {**scenario.facts, **step.facts},
                "ask": step.ask,
            }
            native, answer = both(web, place, ask, step.now)
            context = answer["context"]
            assert (answer["decision"], context["verdict"]) == (native["verdict"] == "approve", native["verdict"])
            assert context.get("obligations", []) == native["requirements"]
            assert context.get("counter_offer", context.get("offer")) == native["offer"]
            obligations += len(native["requirements"])
    assert obligations > 0
