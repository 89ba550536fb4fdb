"""A scorecard as JSON, for programs."""

from __future__ import annotations

from schemas.scorecard import Scorecard


def as_json(scorecard: Scorecard) -> str:
    """Return the scorecard as JSON; its keys are in the order of `schemas/scorecard.schema.json`."""
    return scorecard.model_dump_json(indent=2) + "\n"
