"""The sections of a pack that decide: rules and checks."""

from __future__ import annotations

from typing import cast

from engine.language.diagnostics import Mark
from engine.language.packs.building import Builder, as_mapping, as_scalar, marked_texts, text_of, texts_of
from engine.language.packs.pack import (
    About,
    Allow,
    Cap,
    Deny,
    Effect,
    Effective,
    Floor,
    FollowUp,
    Need,
    OnlyRequire,
    Refer,
    Requirement,
    Rule,
    Tell,
)
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree

EFFECTS = ("allow", "deny", "cap", "floor", "refer", "tell", "follow_up")


def rule(build: Builder, tree: Mapping) -> Rule:
    """Return the rule that an item of `rules` writes."""
    id_ = text_of(tree.get("id"))
    selectors = marked_texts(tree.get("action")) or (("*", tree.mark),)
    return Rule(
        id=id_,
        mark=tree.mark,
        title=text_of(tree.get("title"), id_.replace("-", " ")),
        owner=text_of(tree.get("owner")),
        selectors=selectors,
        excepted=marked_texts(tree.get("except")),
        when=build.optional_condition(tree.get("when")),
        unless=build.unless(tree.get("unless")),
        effect=_effect(build, tree),
        overrides=marked_texts(tree.get("overrides")),
        requirements=_requirements(build, tree.get("require")),
        reason=text_of(tree.get("reason"), id_),
        source=text_of(tree.get("source")),
        because=texts_of(tree.get("because")),
        effective=_effective(build, tree.get("effective")),
        say=build.say(tree.get("say")),
        instead=build.instead(tree.get("instead")),
    )


def _effect(build: Builder, tree: Mapping) -> Effect:
    given = [name for name in EFFECTS if tree.get(name) is not None]
    if len(given) > 1:
        build.found.error(
            tree.mark,
            "effect-doubled",
            f"rule `{text_of(tree.get('id'))}` has {' and '.join(f'`{name}`' for name in given)}",
            "keep one",
        )
    if not given:
        if tree.get("require") is None:
            build.found.error(
                tree.mark,
                "effect-missing",
                f"rule `{text_of(tree.get('id'))}` does nothing",
                "add one of allow, deny, cap, floor, refer, require, tell, follow_up",
            )
        return OnlyRequire()
    value = tree.get(given[0])
    assert value is not None
    return _MAKE[given[0]](build, value)


def _allow(build: Builder, tree: Tree) -> Effect:
    if not isinstance(tree, Mapping):
        return Allow()
    return Allow(build.optional_value(tree.get("up_to")), build.optional_value(tree.get("exactly")))


def _deny(build: Builder, tree: Tree) -> Effect:
    if isinstance(tree, Mapping):
        return Deny(waivable_by=text_of(tree.get("waivable_by")), mark=_mark(tree, "waivable_by"))
    return Deny(final=as_scalar(tree).text == "final")


def _mark(tree: Mapping, key: str) -> Mark:
    """Return where the value of a key stands; the whole where it is not given."""
    value = tree.get(key)
    return tree.mark if value is None else value.mark


def _cap(build: Builder, tree: Tree) -> Effect:
    of = as_mapping(tree)
    amount = of.get("at_most")
    assert amount is not None
    protects, rung = text_of(of.get("protects"), "business"), text_of(of.get("waivable_by"))
    return Cap(build.value(amount), protects, rung, _mark(of, "waivable_by"))


def _floor(build: Builder, tree: Tree) -> Effect:
    of = as_mapping(tree)
    amount = of.get("at_least")
    assert amount is not None
    return Floor(build.value(amount), text_of(of.get("protects"), "customer"))


def _refer(build: Builder, tree: Tree) -> Effect:
    return Refer(text_of(tree), tree.mark)


def _tell(build: Builder, tree: Tree) -> Effect:
    if isinstance(tree, Scalar):
        return Tell(cast(About, tree.text), None)
    of = as_mapping(tree)
    due = of.get("due")
    return Tell(cast(About, text_of(of.get("about"))), None if due is None else build.expression(due))


def _follow_up(build: Builder, tree: Tree) -> Effect:
    of = as_mapping(tree)
    due = of.get("due")
    return FollowUp(text_of(of.get("to")), text_of(of.get("what")), None if due is None else build.expression(due))


_MAKE = {
    "allow": _allow,
    "deny": _deny,
    "cap": _cap,
    "floor": _floor,
    "refer": _refer,
    "tell": _tell,
    "follow_up": _follow_up,
}


def _requirements(build: Builder, tree: Tree | None) -> tuple[Requirement, ...]:
    if not isinstance(tree, Sequence):
        return ()
    return tuple(_requirement(build, as_mapping(item)) for item in tree)


def _requirement(build: Builder, tree: Mapping) -> Requirement:
    kind = next((key.text for key, _ in tree if key.text in ("verify", "confirm", "offer")), "confirm")
    return Requirement(
        cast(Need, kind),
        text_of(tree.get(kind)),
        tree.mark,
        build.optional_condition(tree.get("when")),
        build.optional_condition(tree.get("met")),
    )


def _effective(build: Builder, tree: Tree | None) -> Effective | None:
    if tree is None:
        return None
    of = as_mapping(tree)
    by = of.get("by")
    expression = None if by is None else build.expression(by)
    return Effective(build.day(of.get("from")), build.day(of.get("until")), expression, tree.mark)


def check_rules(build: Builder, tree: Mapping) -> list[Rule]:
    """Return an entry of `checks` as deny rules, one a need, in order."""
    selectors = marked_texts(tree.get("action"))
    needs = tree.get("needs")
    assert isinstance(needs, Sequence)
    return [_need(build, as_mapping(need), selectors) for need in needs]


def _need(build: Builder, tree: Mapping, selectors: tuple[tuple[str, Mark], ...]) -> Rule:
    reason, need = text_of(tree.get("reason")), tree.get("need")
    assert need is not None
    return Rule(
        id=need_id(selectors[0][0], reason),
        mark=tree.mark,
        title=text_of(tree.get("title"), reason.replace("_", " ")),
        owner="",
        selectors=selectors,
        excepted=(),
        when=build.optional_condition(tree.get("when")),
        unless=None,
        effect=Deny(text_of(tree.get("final")) == "true", text_of(tree.get("waivable_by")), _mark(tree, "waivable_by")),
        reason=reason,
        source=text_of(tree.get("source")),
        say=build.say(tree.get("say")),
        instead=build.instead(tree.get("instead")),
        need=build.condition(need),
    )


def need_id(action: str, reason: str) -> str:
    """Return the id of the rule that a need is, of a check whose first action is given."""
    return f"{action}.{reason}"
