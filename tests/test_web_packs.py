"""What the API tells of packs, and drafts that are checked over HTTP."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator
from ledgers import in_sqlite  # noqa: F401 - a fixture
from packs import write_pack
from serving_desk import FACTS, NOON, PACK, pack
from web_desk import Web, ask, web_in_sqlite  # noqa: F401 - a fixture

from api.facts_schema import facts_schema
from api.serving import checking
from engine.language.diagnostics import Diagnostics
from engine.language.packs.load import load_pack

HEADER = "pack: tiny\nladder: [ai, agent, boss]\n"
WHOLE = {"pack.yaml": HEADER + PACK.replace("LIMIT", "40"), "facts.yaml": FACTS}
MANY_FACTS = """\
type: object
properties:
  case:
    type: object
    title: The case
    properties:
      total: {format: money, type: string, minimum: 1, question: How much is it?}
      days: {type: [integer, "null"], maximum: 9}
      level: {enum: [gold, silver, null], default: gold}
      paid: {format: money, type: string, default: "3.50"}
      marks: {type: array, maxItems: 2, items: {type: string, maxLength: 3}}
      spans: {type: object, additionalProperties: {type: number, minimum: 0}}
      day: {type: string, format: date, pii: true}
"""


def test_the_packs_that_decide_are_listed_for_whom_they_are(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite
    pack(web.packs / "other", **{"actions:": "title: Another desk\nactions:"})
    (web.packs / "other" / "pack.yaml").write_text(
        (web.packs / "other" / "pack.yaml").read_text().replace("pack: tiny", "pack: other\nowner: care")
    )
    web.service.packs.reload()
    (other, tiny) = web.get("/v1/packs", by=web.caller("all", "record")).json["packs"]
    assert (other["pack"], other["title"], other["owner"]) == ("other", "Another desk", "care")
    assert tiny["release"] == web.service.packs.desks["tiny"].release.policy.release
    assert tiny["since"] == NOON.isoformat().replace("+00:00", "Z")
    mine = web.caller("mine", "decide", packs=frozenset({"tiny"}))
    assert [one["pack"] for one in web.get("/v1/packs", by=mine).json["packs"]] == ["tiny"]
    for path in ("other", "other/rules", "other/facts.schema.json", "gone"):
        assert web.get(f"/v1/packs/{path}", by=mine).status_code == 404
    assert web.get("/v1/packs", by=None).status_code == 401
    drafter = web.caller("drafter", "author", packs=frozenset({"tiny"}))
    assert web.post("/v1/packs/other:check", {"files": WHOLE}, by=drafter).status_code == 404


def test_a_pack_says_what_can_be_asked_and_who_decides(web_in_sqlite: Web) -> None:  # noqa: F811
    told = web_in_sqlite.get("/v1/packs/tiny").json
    assert (told["currency"], told["language"], told["rungs"]) == ("EUR", "en", ["ai", "agent", "boss"])
    credit, call = told["actions"]
    assert (credit["action"], credit["title"], credit["amount"]) == ("credit", "Credit", "money")
    assert credit["authority"] == ["ai up to 10, 25 a day", "agent up to 50", "boss without limit"]
    assert credit["inputs"]["properties"] == {"about": {"type": ["string", "null"], "default": None}}
    assert credit["inputs"]["required"] == []
    assert call["amount"] == "none"


def test_only_authors_are_told_what_is_wrong_with_newer_files(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite
    assert web.get("/v1/packs/tiny").json["wrong"] == []
    (web.packs / "tiny" / "pack.yaml").write_text(
        HEADER + "rules: [{id: x, action: none_such, allow: true}]\nactions: {call: {}}\n"
    )
    web.service.packs.reload()
    assert web.get("/v1/packs/tiny", by=web.caller("asker", "decide")).json["wrong"] is None
    (found,) = web.get("/v1/packs/tiny", by=web.caller("writer", "author")).json["wrong"]
    assert (found["file"], found["line"], found["code"]) == ("tiny/pack.yaml", 3, "unknown-action")
    assert web.get("/readyz").json["packs"]["tiny"]["wrong"] == 1


def test_the_rules_are_told_in_plain_words_with_their_source(web_in_sqlite: Web) -> None:  # noqa: F811
    told = web_in_sqlite.get("/v1/packs/tiny/rules").json
    rules = {one["id"]: one for one in told["rules"]}
    assert list(rules) == ["give", "cause-first", "call-back"]
    assert rules["cause-first"] == {
        "id": "cause-first",
        "title": "The cause first",
        "effect": "no, but boss may waive it",
        "words": ["when signals.again.active", "source: Credits 2"],
        "actions": ["credit"],
        "owner": "",
        "reason": "cause-first",
        "source": "Credits 2",
        "because": [],
    }


def test_the_facts_are_a_json_schema_that_knows_the_questions(web_in_sqlite: Web, tmp_path: Any) -> None:  # noqa: F811
    answer = web_in_sqlite.get("/v1/packs/tiny/facts.schema.json")
    assert answer.content_type == "application/schema+json"
    schema = json.loads(answer.data)
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(ask()["facts"])
    assert not Draft202012Validator(schema).is_valid({"customer": {"good": "yes"}})
    assert not Draft202012Validator(schema).is_valid({"custumer": {}})
    assert schema["properties"]["customer"]["properties"]["name"] == {"pii": True, "type": "string"}
    folder = write_pack(tmp_path / "many", "actions: {call: {}}\n", facts=MANY_FACTS)
    case = facts_schema(load_pack(folder, Diagnostics()))["properties"]["case"]  # type: ignore[index,call-overload]
    assert case["title"] == "The case"
    assert case["properties"] == {
        "total": {"question": "How much is it?", "type": ["string", "number"], "format": "money", "minimum": 1},
        "days": {"type": ["integer", "null"], "maximum": 9},
        "level": {"enum": ["gold", "silver", None], "default": "gold"},
        "paid": {"type": ["string", "number"], "format": "money", "default": "3.50"},
        "marks": {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 3}},
        "spans": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
        "day": {"pii": True, "type": "string", "format": "date"},
    }


def test_a_draft_is_checked_and_never_goes_live(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite
    before = web.service.packs.desks["tiny"].release.policy.release
    shared = write_pack(web.packs / "shared", "", facts="type: object\nproperties: {}\n")
    (shared / "pack.yaml").write_text("pack: shared\nladder: [ai]\ndefine: {secret: 1 + 1}\n")
    uses = {**WHOLE, "uses.yaml": "uses: [shared]\n", "scenarios/late.yaml": "scenarios: [{name: x}]\n"}
    author = web.caller("drafter", "author", packs=frozenset({"tiny"}))
    answer = web.post("/v1/packs/tiny:check", {"files": uses}, by=author).json
    assert answer["fine"] is False
    (found,) = answer["findings"]
    assert (found["file"], found["code"]) == ("tiny/uses.yaml", "unknown-pack"), "another author's pack is not there"
    answer = web.post("/v1/packs/tiny:check", {"files": uses}, by=web.caller("everywhere", "author")).json
    assert {one["file"] for one in answer["findings"]} == {"tiny/scenarios/late.yaml"}
    assert web.service.packs.reload()
    assert web.service.packs.desks["tiny"].release.policy.release == before


def test_what_is_no_draft_is_refused(web_in_sqlite: Web) -> None:  # noqa: F811
    web = web_in_sqlite
    for name in ("../me.yaml", "/me.yaml", "me/b.yaml", ".me.yaml", "me.txt", "scenarios/../me.yaml", "me\n.yaml", ""):
        answer = web.post("/v1/packs/tiny:check", {"files": {name: "a: 1"}})
        assert answer.status_code == 422
        assert "me." not in answer.json["detail"]
    assert web.post("/v1/packs/tiny:check", {"files": {}}).status_code == 422
    assert web.post("/v1/packs/tiny:check", {"files": WHOLE}, by=web.caller("asker", "decide")).status_code == 403
    assert web.post("/v1/packs/..:check", {"files": WHOLE}).status_code == 404
    assert web.post("/v1/packs/--help:check", {"files": WHOLE}).status_code == 404


def test_a_draft_that_takes_too_long_is_given_up(web_in_sqlite: Web, monkeypatch: Any) -> None:  # noqa: F811
    monkeypatch.setattr(checking, "PATIENCE", 0.2)
    answer = web_in_sqlite.post("/v1/packs/tiny:check", {"files": WHOLE})
    assert (answer.status_code, answer.json["type"]) == (413, "/problems/draft-too-large")
    with checking._turn:
        answer = web_in_sqlite.post("/v1/packs/tiny:check", {"files": WHOLE})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
