"""A study as JSON, for programs."""

from __future__ import annotations

from schemas.study import Study


def as_json(study: Study) -> str:
    """Return the study as JSON; its keys are in the order of `schemas/study.schema.json`."""
    return study.model_dump_json(indent=2) + "\n"
