"""The models of bodies as JSON Schemas that share their components."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

Json: TypeAlias = dict[str, Any]
"""A part of a JSON document."""
Way: TypeAlias = Literal["validation", "serialization"]
"""As it is sent, or as it is given."""
PLACE: Final = "#/components/schemas/{model}"


class Plain(GenerateJsonSchema):
    """Makes schemas in which all that is given is there, and no title repeats a name."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Return whether a field is always there: all that is given has every field."""
        return self.mode == "serialization" or super().field_is_required(field, total)

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return whether a field without a title gets its name as one."""
        del schema
        return False


class Schemas:
    """The JSON Schemas of models: what they share is in `components`, once."""

    def __init__(self, wanted: Iterable[tuple[Any, Way]]) -> None:
        """Make those of models that are sent or given."""
        unique = dict.fromkeys(wanted)
        inputs = [(model, way, TypeAdapter(model)) for model, way in unique]
        self._of, shared = TypeAdapter.json_schemas(inputs, ref_template=PLACE, schema_generator=Plain)
        self.components: Json = dict(sorted(shared.get("$defs", {}).items()))

    def of(self, model: Any, way: Way) -> Json:
        """Return the schema of a model, or where it is."""
        found: Json = self._of[model, way]
        return found
