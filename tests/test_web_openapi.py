"""What the API tells of itself: the document, its page, the kinds of problems."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from ledgers import Place, in_sqlite  # noqa: F401 - a fixture
from web_desk import Web, served, web_in_sqlite  # noqa: F401 - a fixture

from api.access.caller import SCOPES
from api.openapi.document import document
from api.web.application import endpoints
from api.web.kinds import KINDS
from api.web.operations import OPERATION
from api.web.problems import SAID
from engine.problems import TITLES

ROOT = Path(__file__).parent.parent
TOLD = document(endpoints())
OPERATIONS = {
    one["operationId"]: (method, path, one)
    for path, methods in TOLD["paths"].items()
    for method, one in methods.items()
}
BODIES = {
    operation: one["requestBody"]["content"]["application/json"]
    for operation, (_, _, one) in OPERATIONS.items()
    if "requestBody" in one
}
EXAMPLES = [
    (operation, name, example["value"])
    for operation, body in BODIES.items()
    for name, example in body.get("examples", {}).items()
]


def test_every_address_is_told_with_what_it_is_for() -> None:
    app = endpoints()
    rules = {(re.sub(r"<(?:\w+:)?(\w+?)_?>", r"{\1}", one.rule), one.endpoint) for one in app.url_map.iter_rules()}
    assert {path for path, _ in rules} == TOLD["paths"].keys()
    assert len(OPERATIONS) == sum(len(methods) for methods in TOLD["paths"].values()) == len(rules)
    for method, path, one in OPERATIONS.values():
        assert one["summary"].endswith("."), path
        assert {name for need in one["security"] for name in need["bearer"]} <= set(SCOPES)
        assert any(status.startswith("2") for status in one["responses"])
        assert ("requestBody" in one) <= (method == "post")
        names = re.findall(r"{(\w+)}", path)
        assert names == [each["name"] for each in one.get("parameters", ()) if each.get("in") == "path"]
    assert {tag["name"] for tag in TOLD["tags"]} == {one["tags"][0] for _, _, one in OPERATIONS.values()}
    assert all(tag["description"].endswith(".") for tag in TOLD["tags"])


def test_whatever_needs_a_credential_says_so() -> None:
    app = endpoints()
    for rule in app.url_map.iter_rules():
        _, _, one = OPERATIONS[rule.endpoint.replace(".", "_")]
        needs = getattr(app.view_functions[rule.endpoint], OPERATION).scopes
        assert [need["bearer"] for need in one["security"]] == [[scope] for scope in needs]
        assert ("401" in one["responses"]) == ("403" in one["responses"]) == bool(needs)


def test_every_reference_leads_somewhere_and_every_component_is_referred_to() -> None:
    text = json.dumps(TOLD)
    led = set(re.findall(r'"(#/components/[^"]+)"', text))
    there = {f"#/components/{kind}/{name}" for kind in TOLD["components"] for name in TOLD["components"][kind]}
    assert led <= there
    assert there - led == {"#/components/securitySchemes/bearer"}


def test_the_document_is_given_to_anybody_and_again_only_where_it_changed(web_in_sqlite: Web) -> None:  # noqa: F811
    answer = web_in_sqlite.get("/openapi.json", by=None)
    assert answer.content_type == "application/json"
    assert answer.json == TOLD
    again = web_in_sqlite.get("/openapi.json", by=None, If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


@pytest.fixture(scope="module")
def telecom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Give the API of the telecom pack and of the AuthZEN scenario."""
    folder = tmp_path_factory.mktemp("examples")
    with ExitStack() as stack:
        place = Place(f"sqlite:///{folder}/ledger.db", folder)
        packs, serve = Path(f"{ROOT / 'rules'}:{ROOT / 'tests'}"), "telecom,authzen_pack"
        yield served(stack, place, packs, serve=serve)


def followed(web: Web, operation: str, value: Any) -> tuple[str, Any]:
    """Return where an example is sent and what, with what it takes from the answers that lead to it."""
    _, path, _ = OPERATIONS[operation]
    if "{pack}" in path:
        return path.replace("{pack}", "telecom"), value
    if "{id}" not in path and "$response" not in json.dumps(value):
        return path, value
    leading = BODIES["decisions_decide"]["examples"]["one"]["value"]
    of_another = {**leading["facts"], "customer": {"id": operation}}
    decision = web.post("/v1/decisions", {**leading, "facts": of_another}).json
    assert decision["verdict"] == "escalate"
    filed = {"token": decision["approval"]["token"]}
    if path.startswith("/v1/approvals/"):
        return path.replace("{id}", web.post("/v1/approvals", filed).json["id"]), value
    return path.replace("{id}", decision["id"]), {**value, **filed} if "token" in value else value


@pytest.mark.parametrize(("operation", "name", "value"), EXAMPLES, ids=[f"{one[0]}-{one[1]}" for one in EXAMPLES])
def test_examples_are_true(telecom: Web, operation: str, name: str, value: Any) -> None:
    path, sent = followed(telecom, operation, value)
    answer = telecom.call(OPERATIONS[operation][0].upper(), path, sent)
    assert answer.status_code in (200, 201), answer.text


def test_every_body_has_an_example() -> None:
    assert {operation for operation, _, _ in EXAMPLES} == BODIES.keys()


def test_the_page_shows_every_operation_and_runs_nothing_of_its_own(web_in_sqlite: Web) -> None:  # noqa: F811
    page = web_in_sqlite.get("/docs", by=None)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    for operation in OPERATIONS:
        assert f'<details id="{operation}"' in page.text
    for name in TOLD["components"]["schemas"]:
        assert f'<details id="{name}"' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?! src=\"/docs/)|<style|\sstyle=|\son\w+=|https?://", page.text)
    linked = re.findall(r'(?:src|href)="(/docs/[^"]+)"', page.text)
    assert {web_in_sqlite.get(path, by=None).mimetype for path in linked} == {"text/css", "text/javascript"}
    assert {path for path in re.findall(r'href="#([^"]+)"', page.text) if f'id="{path}"' not in page.text} == set()


def test_every_page_of_a_demonstration_says_that_it_is_open(in_sqlite: Place, tmp_path: Path) -> None:  # noqa: F811
    with ExitStack() as stack:
        web = served(stack, in_sqlite, tmp_path, insecure_demo=True)
        for path in ("/docs", "/problems/not-found"):
            assert "open to anybody" in web.get(path, by=None).text


def test_every_kind_of_problem_says_what_it_means(web_in_sqlite: Web) -> None:  # noqa: F811
    for code, kind in KINDS.items():
        page = web_in_sqlite.get(f"/problems/{code}", by=None)
        assert page.status_code == 200
        assert f"status {kind.status}" in page.text
    assert "open to anybody" not in page.text
    assert web_in_sqlite.get("/problems/none-such", by=None).status_code == 404


ELSEWHERE = {
    "unknown-decision": "it is told as `not-found`",
    "release-changed": "it is told where packs are loaded",
    "checkpoint-refused": "only the command line makes checkpoints",
    "key-refused": "only the command line makes keys",
    **dict.fromkeys(("master-key-broken", "master-key-missing", "master-key-wrong"), "the server does not start"),
    "signing-key-broken": "only the command line makes checkpoints",
}
"""Codes that the API does not answer with, and why."""


def test_every_problem_that_the_api_can_answer_with_is_told() -> None:
    places = ("api/access", "api/authzen", "api/ledger", "api/serving", "api/web", "engine/memory")
    files = [path for place in places for path in (ROOT / place).rglob("*.py")]
    codes = {code for path in files for code in _codes(ast.parse(path.read_text(encoding="utf-8")))}
    known = codes | {code for code, _ in SAID.values()} | TITLES.keys()
    assert KINDS.keys() == known - ELSEWHERE.keys()


def _codes(tree: ast.AST) -> Iterator[str]:
    """Yield the codes that problems are made with: as their class has it, or where they are raised."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                yield code
            case ast.AnnAssign(target=ast.Name(id="code"), value=ast.Constant(value=str(code))):
                yield code
            case ast.Call(func=ast.Name(id="OutcomeProblem"), args=[ast.Constant(value=str(code)), *_]):
                yield code
            case ast.Call(func=ast.Name(id="Refusal"), args=[_, _, _, ast.Constant(value=str(code)), *_]):
                yield code
            case ast.Call(func=ast.Name(id="Refusal" | "of_status"), keywords=given):
                named = (one.value for one in given if one.arg == "kind")
                yield from (one.value for one in named if isinstance(one, ast.Constant))
