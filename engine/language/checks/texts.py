"""Checks of the texts in other languages: what they translate, and what they leave out."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.cel.render import render
from engine.language.diagnostics import Diagnostics, did_you_mean
from engine.language.packs.pack import Action, Expression, Pack, Rule, Say, Template, Translation
from engine.language.packs.signals import FACTS as SEEN
from engine.program.plan import Policy
from engine.program.types import ListOf, MapOf, Member, Record, Type

READERS = ("customer", "agent", "auditor")
WHOSE = {
    "rules": "rule",
    "actions": "action",
    "definitions": "definition",
    "tables": "table",
    "signals": "signal",
    "facts": "fact",
    "questions": "fact",
}
UNKNOWN = {
    "rule": "unknown-rule",
    "action": "unknown-action",
    "definition": "unknown-definition",
    "table": "unknown-table",
    "signal": "unknown-signal",
    "fact": "unknown-fact",
}
Key = tuple[str, str, str]


def translations_are_known(pack: Pack, found: Diagnostics) -> None:
    """Report translations of what there is not, and placeholders that the text they translate has not."""
    originals = dict(_originals(pack))
    known = {section: {id_ for at, id_, _ in originals if at == section} for section in WHOSE}
    for one in pack.translations:
        whose = WHOSE.get(one.section)
        if whose is not None and one.id not in known[one.section]:
            message = f"there is no {whose} `{one.id}` to translate"
            found.error(one.mark, UNKNOWN[whose], message, did_you_mean(one.id, known[one.section]))
        else:
            _placeholders(one, originals, found)


def _placeholders(one: Translation, originals: dict[Key, Template | None], found: Diagnostics) -> None:
    same = [text for (section, id_, _), text in originals.items() if (section, id_) == (one.section, one.id)]
    written = {name for text in same for name in placeholders(text)}
    for part in one.template.parts:
        if isinstance(part, Expression) and render(part.syntax) not in written:
            message = f"no text of `{one.id}` has the placeholder `{part.text.strip()}`"
            found.error(part.mark, "text-placeholder", message, did_you_mean(part.text.strip(), written))


def placeholders(text: Template | None) -> Iterator[str]:
    """Yield the placeholders of a text, as they are written but for spaces."""
    for part in () if text is None else text.parts:
        if isinstance(part, Expression):
            yield render(part.syntax)


def translations_are_complete(policy: Policy, found: Diagnostics) -> None:
    """Warn of texts, titles of actions and questions that a language leaves out, where its file begins."""
    pack = policy.pack
    wanted = [key for key, text in _originals(pack) if text is not None]
    wanted += [("actions", action.name, "title") for action in pack.actions]
    wanted += [("questions", path, "") for path, member in facts(pack.facts, "") if member.question]
    wanted += [("questions", f"{SEEN}{signal.name}", "") for signal in pack.signals if signal.question]
    for language in dict.fromkeys(one.language for one in pack.translations):
        given = [one for one in pack.translations if one.language == language]
        done = {(one.section, one.id, one.part) for one in given}
        place = min(one.mark for one in given)
        for section, id_, part in (key for key in wanted if key not in done):
            what = f"`{part}` of {WHOSE[section]} `{id_}`" if part else f"{WHOSE[section]} `{id_}`"
            message = f"{what} is not translated to `{language}`"
            found.warning(place, "missing-translation", message, "it is shown in the language of the pack")


def _originals(pack: Pack) -> Iterator[tuple[Key, Template | None]]:
    """Yield everything that can be translated, with its text where that is a template that is written."""
    for rule in pack.rules:
        yield from _of_rule(rule)
    for action in pack.actions:
        yield from _of_action(action)
    for definition in pack.definitions:
        yield ("definitions", definition.name, ""), definition.means
    for table in pack.tables:
        yield ("tables", table.name, ""), None
    for signal in pack.signals:
        yield ("signals", signal.name, ""), signal.means
        yield ("questions", f"{SEEN}{signal.name}", ""), None
    for path, _ in facts(pack.facts, ""):
        yield ("facts", path, ""), None
        yield ("questions", path, ""), None


def _of_rule(rule: Rule) -> Iterator[tuple[Key, Template | None]]:
    yield ("rules", rule.id, "title"), None
    for reader, text in _said(rule.say):
        yield ("rules", rule.id, reader), text


def _of_action(action: Action) -> Iterator[tuple[Key, Template | None]]:
    yield ("actions", action.name, "title"), None
    yield from ((("actions", action.name, f"say.{reader}"), text) for reader, text in _said(action.say))
    for reader, text in _said(action.otherwise_say):
        yield ("actions", action.name, f"otherwise.{reader}"), text
    for promise in action.promises:
        yield ("actions", action.name, f"promises.{promise.id}"), promise.say


def _said(say: Say) -> tuple[tuple[str, Template | None], ...]:
    return tuple(zip(READERS, (say.customer, say.agent, say.auditor), strict=True))


def facts(type_: Type, path: str) -> Iterator[tuple[str, Member]]:
    """Yield all members by path; those of list items and map values follow the list's name."""
    match type_:
        case Record(members=members):
            for member in members:
                inner = f"{path}.{member.name}" if path else member.name
                yield inner, member
                yield from facts(member.type, inner)
        case ListOf(item=item) | MapOf(value=item):
            yield from facts(item, path)
