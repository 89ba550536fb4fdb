"""Authors' texts with their placeholders filled."""

from __future__ import annotations

from engine.backends.reference import Reference
from engine.program.plan import Words
from engine.wording.formats import Formats


def said(words: Words, values: Reference, formats: Formats) -> str | None:
    """Return a text with the values of its placeholders; None where one of them is unknown."""
    parts = []
    for word in words:
        if isinstance(word, str):
            parts.append(word)
            continue
        value = values.value(word)
        if value is None:
            return None
        parts.append(formats.value(value, word.type))
    return "".join(parts)
