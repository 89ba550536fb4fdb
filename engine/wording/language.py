"""What one language needs: its phrases, and the little grammar that conditions take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.wording.phrases import Phrases


@dataclass(frozen=True)
class Language:
    """A language's phrases and grammar."""

    phrases: Phrases
    negated: Callable[[str], str | None]
    """A clause to its negation; None where that is not safe to make."""
    stated: Callable[[str, str, bool], str | None]
    """Owner and name of a yes-or-no fact to a clause that it holds or not; None where the name is no predicate."""
    event: Callable[[str, str, bool], str | None]
    """Owner and name of a moment, past or ahead, to a clause that it happened or will; None where it is no event."""
    noun: Callable[[str], str | None]
    """A title to a noun with its article; None where it is another kind of phrase, which stands before a colon."""
    singular: Callable[[str], str]
    """The name of a list to that of one item."""
    within: Callable[[str], str]
    """A title as it stands inside a sentence."""
    indefinite: Callable[[str], str]
    """A noun with its indefinite article."""
    count: Callable[[int, str], str]
    """A number written out and the noun of a list in the right form."""
    ordinal: Callable[[int], str]
    """A number as a place in a row: third."""
