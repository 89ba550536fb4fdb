"""The API held to its OpenAPI document: a tenth of the cases that `make reliability` has schemathesis make of it."""

from __future__ import annotations

from pathlib import Path

from jsonschema import Draft202012Validator
from reliability_contract import contract

from api.openapi.document import document
from api.web.application import endpoints

CASES = 2_000


def test_the_document_is_openapi() -> None:
    from schemathesis.specs.openapi.definitions import OPENAPI_31  # noqa: PLC0415 - takes seconds

    told = document(endpoints())
    assert [error.message for error in Draft202012Validator(OPENAPI_31).iter_errors(told)] == []
    for schema in told["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_case_is_answered_as_the_document_says(tmp_path: Path) -> None:
    found = contract(CASES, tmp_path)
    assert found.wrong == []
    assert found.cases >= CASES
    assert max(found.answers) < 500
