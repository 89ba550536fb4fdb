"""Decisions over HTTP."""

from __future__ import annotations

from ledgers import in_sqlite, place  # noqa: F401 - fixtures
from web_desk import Web, ask, web, web_in_sqlite  # noqa: F401 - fixtures


def test_an_ask_is_decided_and_kept(web: Web) -> None:  # noqa: F811 - the fixture
    answer = web.post("/v1/decisions", ask())
    assert answer.status_code == 200
    assert answer.json["verdict"] == "approve"
    assert answer.json["offer"]["amount"] == "20.00"
    kept = web.get(f"/v1/decisions/{answer.json['id']}")
    assert {**kept.json, "approval": None} == answer.json


def test_an_escalation_says_how_to_ask_for_its_approval(web: Web) -> None:  # noqa: F811 - the fixture
    asked = ask("9", agent={"role": "ai", "id": "bot"})
    assert web.post("/v1/decisions", asked).json["approval"] is None
    asked = ask("20", agent={"role": "ai", "id": "bot"})
    answer = web.post("/v1/decisions", asked).json
    assert answer["verdict"] == "escalate"
    assert answer["approval"]["rung"] == "agent"
    assert answer["approval"]["amount"] == "20.00"
