"""Authors' texts with their placeholders filled."""

from __future__ import annotations

from engine.backends.reference import Reference
from engine.language.packs.signals import ORDINAL
from engine.program.nodes import Named, Node
from engine.program.plan import Words
from engine.program.types import MONEY
from engine.wording.formats import Formats


def said(words: Words, values: Reference, formats: Formats) -> str | None:
    """Return a text with the values of its placeholders; None where one of them is unknown.

    A sign of the currency that the author wrote before a placeholder is not doubled.
    """
    parts: list[str] = []
    for word in words:
        if isinstance(word, str):
            parts.append(word)
            continue
        value = values.value(word)
        if value is None:
            return None
        text, sign = placed(word, value, formats), formats.sign
        signed = bool(parts) and parts[-1].endswith(sign)
        parts.append(text.removeprefix(sign) if signed else text)
    return "".join(parts)


def placed(node: Node, value: object, formats: Formats) -> str:
    """Return the value of a placeholder; a plain number that the policy uses as money is money.

    The count of a signal is told as a place in a row (third) where its words have it so.
    """
    if isinstance(node, Named) and node.name == ORDINAL and isinstance(value, int):
        return formats.language.ordinal(value)
    if isinstance(node, Named) and node.name in formats.sums and isinstance(value, (int, float)):
        scale = 1 if node.type == MONEY else 10**formats.digits
        return formats.money(round(value * scale))
    return formats.value(value, node.type)
