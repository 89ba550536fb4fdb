"""Signals in words: what was seen of a customer, or that it was not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from engine.assumed import deciding
from engine.backends.reference import Reference
from engine.language.packs.signals import FACTS
from engine.program.nodes import Field, Input, Named, Node
from engine.program.types import NULL
from engine.program.walk import operands, postorder
from engine.wording.ages import bare
from engine.wording.comparisons import Reading
from engine.wording.nouns import Nouns
from engine.wording.templates import said

if TYPE_CHECKING:
    from engine.wording.telling import Telling

ASKED: Final = {
    "active": "is_it_so",
    "count": "how_often_so",
    "since": "since_when_so",
    "last": "when_last_so",
    "about": "what_about_so",
}
"""The phrases that ask for what is seen of a signal, by its part."""


def signal_of(node: Node) -> str:
    """Return the name of the signal that a fact is told in the words of; nothing for any other node."""
    return node.name.split(".")[1] if isinstance(node, Named) and node.name.startswith(FACTS) else ""


def is_seen(node: Named, values: Reference) -> bool:
    """Return whether the signal that a fact is of is known to be seen."""
    assert isinstance(node.of, Field)
    seen = values.value(node.of.of)
    return isinstance(seen, dict) and seen.get("active") is True


def signal_clause(node: Named, want: bool, values: Reference, nouns: Nouns) -> str:
    """Return that a signal is seen, in its own words where it is; or (not `want`) that it is not."""
    phrases = nouns.formats.language.phrases
    title = nouns.signal(signal_of(node)).text
    if not want:
        return phrases.signal_unseen.format(signal=title)
    return _own_words(node, values, nouns) or phrases.signal_seen.format(signal=title)


def _own_words(node: Named, values: Reference, nouns: Nouns) -> str | None:
    """Return the words of a signal that is seen; None where there is nothing to put in the place of one of them."""
    parts = [part for part in node.words if not isinstance(part, str)]
    if not is_seen(node, values) or any(values.value(part) is NULL for part in parts):
        return None
    return said(node.words, values, nouns.formats)


def signal_read(node: Named, want: bool, values: Reference, nouns: Nouns) -> Reading:
    """Return in words that a signal is seen or is not, with how often that was, for when it is needed otherwise."""
    phrases, holds = nouns.formats.language.phrases, is_seen(node, values)
    told, needed = (signal_clause(node, one, values, nouns) for one in (holds, want))
    count = _how_often(node, values)
    number = nouns.formats.number(count) if count else ""
    if number and not holds:
        told = phrases.with_limit.format(seen=told, limit=phrases.signal_so_far.format(count=number))
    return Reading(told, needed, "", number or (phrases.yes if holds else phrases.no), needed)


def _how_often(node: Named, values: Reference) -> int | None:
    """Return how many events make a signal, where that is known."""
    assert isinstance(node.of, Field)
    seen = values.value(node.of.of)
    count = seen.get("count") if isinstance(seen, dict) else None
    return count if isinstance(count, int) else None


def in_comparison(nodes: tuple[Node, ...], values: Reference, nouns: Nouns) -> str:
    """Return the words of a signal that is seen and that one of the nodes is read of; nothing where there is none."""
    for node in map(bare, nodes):
        if isinstance(node, Named) and signal_of(node) and is_seen(node, values):
            return signal_clause(node, True, values, nouns)
    return ""


def signal_question(fact: str, telling: Telling) -> str:
    """Return how to ask for what is seen of a signal; nothing for a fact that is none of a signal."""
    if not fact.startswith(FACTS):
        return ""
    _, name, part = fact.split(".", 2)
    phrase = getattr(telling.phrases, ASKED.get(part, "what_is"))
    title = telling.voice.findings.clauses.nouns.signal(name).text
    words = _plain(name, telling) if part == "active" else ""
    return str(phrase.format(signal=words or title, fact=title))


def _plain(name: str, telling: Telling) -> str:
    """Return what a signal means, where that is said without anything that is seen only with it."""
    declared = next((one for one in telling.answer.release.policy.pack.signals if one.name == name), None)
    parts = () if declared is None or declared.means is None else declared.means.parts
    return "".join(part for part in parts if isinstance(part, str)) if all(isinstance(p, str) for p in parts) else ""


def signals_seen(telling: Telling) -> Iterator[str]:
    """Yield each signal that the action's rules read and that is seen: its name, its words, the ids of its events."""
    plan, nouns = telling.answer.plan, telling.voice.findings.clauses.nouns
    nodes = [*deciding(plan), *postorder([one.hit for one in plan.notes], operands)]
    named = {name: node for node in nodes if isinstance(node, Named) and (name := signal_of(node))}
    read = {node.name for node in nodes if isinstance(node, Field) and _is_signal(node)}
    seen = telling.answer.asked.inputs.get("signals")
    for name in sorted(read):
        one = seen.get(name) if isinstance(seen, dict) else None
        if isinstance(one, dict) and one.get("active") is True:
            node = named.get(name)
            text = nouns.signal(name).text if node is None else signal_clause(node, True, telling.values, nouns)
            yield f"{name}: {text}{_events(telling, one.get('events'))}"


def _is_signal(node: Field) -> bool:
    """Return whether a fact is a signal itself."""
    return isinstance(node.of, Input) and node.of.name == "signals"


def _events(telling: Telling, ids: object) -> str:
    if not isinstance(ids, tuple) or not ids:
        return ""
    return "; " + telling.phrases.signal_made_by.format(events=", ".join(map(str, ids)))
