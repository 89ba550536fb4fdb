"""Packs as they are told of: what can be asked for, who decides, by which rules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Literal, cast

from api.facts_schema import inputs_schema
from api.plain_words import effect_words, grants, rule_lines
from api.serving.live import State
from engine.language.diagnostics import Diagnostic
from engine.language.packs.pack import Action, Pack, Rule
from engine.language.report import as_json
from engine.release import Release
from schemas.packs import ActionTold, Finding, PackListed, PackTold, Rules, RuleTold


def listed(state: State, release: Release) -> PackListed:
    """Return a pack as lists name it."""
    header = release.policy.pack.header
    return PackListed(
        pack=header.name, title=header.title, owner=header.owner, release=release.policy.release, since=state.since
    )


def told(state: State, release: Release, with_wrong: bool) -> PackTold:
    """Return all that a pack says of itself, with what is wrong with its newer files where that is wanted."""
    pack = release.policy.pack
    header = pack.header
    return PackTold(
        **listed(state, release).model_dump(),
        currency=header.currency,
        language=header.language,
        timezone=header.timezone,
        rungs=header.ladder,
        desks=header.desks,
        actions=tuple(_action(pack, one) for one in pack.actions),
        wrong=findings(state.wrong, state.folder.parent) if with_wrong else None,
    )


def rules_of(pack: Pack) -> Rules:
    """Return the rules of a pack in plain words."""
    return Rules(pack=pack.header.name, release=pack.release, rules=tuple(_rule(pack, one) for one in pack.rules))


def findings(diagnostics: Iterable[Diagnostic], around: PurePath) -> tuple[Finding, ...]:
    """Return diagnostics with their files as seen from the folder that packs lie in."""
    return tuple(
        Finding.model_validate({**as_json(one), "file": _seen_from(around, one.mark.file)}) for one in diagnostics
    )


def _seen_from(around: PurePath, file: str) -> str:
    path = PurePath(file)
    return path.relative_to(around).as_posix() if path.is_relative_to(around) else "/".join(path.parts[-2:])


def _action(pack: Pack, action: Action) -> ActionTold:
    return ActionTold(
        action=action.name,
        title=action.title,
        description=action.description,
        kind=action.kind,
        amount=cast(Literal["money", "int", "none"], action.amount),
        unit=action.unit,
        proactive=action.proactive,
        inputs=inputs_schema(pack, action),
        authority=tuple(grants(pack, action)) if pack.authority_given else (),
    )


def _rule(pack: Pack, rule: Rule) -> RuleTold:
    _, *words = rule_lines(pack, rule)
    return RuleTold(
        id=rule.id,
        title=rule.title,
        effect=effect_words(rule.effect),
        words=tuple(line.strip() for line in words),
        actions=tuple(one.name for one in pack.actions if pack.covers(rule, one)),
        owner=rule.owner or pack.header.owner,
        reason=rule.reason or rule.id,
        source=rule.source,
        because=rule.because,
    )
