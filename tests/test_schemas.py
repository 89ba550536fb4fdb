"""The JSON Schemas that authors and editors use: whole, explained, and sufficient to themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.language.codes import CODES
from engine.language.reading.validator import SCHEMAS, schema, validator

MAPS = ("properties", "$defs", "dependentSchemas")
LISTS = ("oneOf", "anyOf", "allOf")
SINGLE = ("items", "additionalProperties", "propertyNames", "not", "if", "then", "else")


def subschemas(where: str, of: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema within a schema, with its path."""
    if not isinstance(of, dict):
        return
    yield where, of
    for key in MAPS:
        for name, inner in of.get(key, {}).items():
            yield from subschemas(f"{where}/{key}/{name}", inner)
    for key in LISTS:
        for number, inner in enumerate(of.get(key, [])):
            yield from subschemas(f"{where}/{key}/{number}", inner)
    for key in SINGLE:
        yield from subschemas(f"{where}/{key}", of.get(key))


def keys(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Return every key that an author may write, with its schema."""
    return [
        (f"{where}/{key}", inner)
        for where, of in subschemas(name, schema(name))
        for key, inner in of.get("properties", {}).items()
    ]


ALL_KEYS = [pytest.param(name, path, of, id=path) for name in SCHEMAS for path, of in keys(name)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_json_schema_2020_12(name: str) -> None:
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize(("name", "path", "of"), ALL_KEYS)
def test_every_key_has_a_title_a_description_and_examples(name: str, path: str, of: dict[str, Any]) -> None:
    assert of["title"]
    assert of["description"].endswith(".")
    assert of["examples"]


@pytest.mark.parametrize(("name", "path", "of"), ALL_KEYS)
def test_every_example_is_valid(name: str, path: str, of: dict[str, Any]) -> None:
    check = validator(name).evolve(schema=of)
    for example in of["examples"]:
        assert [error.message for error in check.iter_errors(example)] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_reference_stays_in_its_file(name: str) -> None:
    known = {f"#/$defs/{key}" for key in schema(name).get("$defs", {})}
    used = {of["$ref"] for _, of in subschemas(name, schema(name)) if "$ref" in of}
    assert used == known


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_mapping_is_closed_or_names_its_keys(name: str) -> None:
    for where, of in subschemas(name, schema(name)):
        if "object" in of.get("type", ()) and "$ref" not in of and where.rsplit("/", 1)[-1] != "items":
            assert of.get("additionalProperties") is False or "propertyNames" in of, where


def test_inputs_of_actions_are_facts_that_may_be_optional() -> None:
    facts = schema("facts")["$defs"]["members"]["properties"]
    inputs = schema("pack")["$defs"]["members"]["properties"]
    assert {key: of for key, of in inputs.items() if key != "optional"} == {
        key: of for key, of in facts.items() if key not in ("$schema", "$defs", "$ref")
    }


def test_every_code_says_in_one_sentence_what_it_means_and_what_to_do() -> None:
    for code, explanation in CODES.items():
        assert code == code.lower().replace("_", "-").replace(" ", "-")
        assert explanation.endswith(".")
        assert explanation[0].isupper() or not explanation[0].isalpha()
