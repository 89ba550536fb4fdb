"""The languages that answers can be put in."""

from __future__ import annotations

from typing import Final

from engine.wording.english import ENGLISH
from engine.wording.german import GERMAN
from engine.wording.language import Language

LANGUAGES: Final = {"en": ENGLISH, "de": GERMAN}


def language_of(tag: str) -> Language:
    """Return the language of a tag such as `de` or `en-GB`; English where it has no phrases of its own."""
    return LANGUAGES.get(tag.replace("_", "-").partition("-")[0].lower(), ENGLISH)
