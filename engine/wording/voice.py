"""One pack's voice: how it puts values, conditions and templates into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.backends.reference import Reference
from engine.program.nodes import Named
from engine.program.plan import Words
from engine.program.program import Program
from engine.program.types import MONEY
from engine.program.walk import operands, postorder
from engine.release import Release
from engine.wording.clauses import Clauses
from engine.wording.findings import Findings
from engine.wording.formats import Formats, formats_of, humanised
from engine.wording.nouns import Nouns
from engine.wording.phrases import Phrases
from engine.wording.templates import said


@dataclass(frozen=True, slots=True)
class Voice:
    """The words of one release."""

    formats: Formats
    findings: Findings

    @property
    def phrases(self) -> Phrases:
        """The phrases of the pack's language."""
        return self.formats.language.phrases

    def say(self, words: Mapping[str, Words], reader: str, values: Reference) -> str:
        """Return what is written for a reader; nothing where nothing is, or where a placeholder is unknown."""
        found = words.get(reader)
        return "" if found is None else said(found, values, self.formats) or ""

    def rung(self, name: str) -> str:
        """Return a rung with its article."""
        return self.formats.language.indefinite(humanised(name))

    def desk(self, name: str) -> str:
        """Return a desk with its article, where it takes one."""
        words = humanised(name)
        return self.formats.language.noun(words) or words

    def capital(self, text: str) -> str:
        """Return the text with a capital at its beginning."""
        return text[:1].upper() + text[1:]

    def sentence(self, text: str) -> str:
        """Return the text as a sentence."""
        text = self.capital(text.strip())
        return text if not text or text[-1] in ".!?:" else f"{text}."


@lru_cache(maxsize=16)
def voice_of(release: Release) -> Voice:
    """Return the voice of a release."""
    formats = formats_of(release.policy.pack, sums_of(release.policy.program))
    return Voice(formats, Findings(Clauses(Nouns(formats, release.policy.inputs))))


def sums_of(program: Program) -> frozenset[str]:
    """Return the names of the parameters that are used as money somewhere."""
    outputs = [node for _, stages in program.actions for stage in stages for _, node in stage.outputs]
    named = (node for node in postorder(outputs, operands) if isinstance(node, Named))
    return frozenset(node.name for node in named if node.name.startswith("params.") and node.type == MONEY)
