"""What is wrong with a pack beyond shape and types: names before it is lowered, meaning after."""

from __future__ import annotations

from collections.abc import Callable

from engine.language.checks.authority import (
    amount_is_capable,
    authority_grows,
    desks_are_known,
    desks_are_off_the_ladder,
    rungs_are_known,
    waiver_leaves_some,
)
from engine.language.checks.budgets import budgets_leave_a_grant, budgets_limit_something, longer_budgets_are_larger
from engine.language.checks.reach import (
    action_is_allowed,
    deny_is_conditional,
    history_is_read,
    policy_is_small,
    rule_can_apply,
    rung_reaches_action,
)
from engine.language.checks.rules import (
    authority_is_left_to_the_ladder,
    dates_are_in_order,
    due_is_a_date,
    overrides_are_denies,
    promises_differ,
    rule_covers_an_action,
    rule_has_source,
    selectors_are_known,
)
from engine.language.checks.signals import events_are_new, signals_are_safe, signals_are_sound
from engine.language.checks.tables import else_is_whole, tables_are_exact
from engine.language.checks.texts import translations_are_complete, translations_are_known
from engine.language.checks.unused import declared_is_read
from engine.language.codes import CODES, WARNINGS
from engine.language.diagnostics import Diagnostics, Severity, did_you_mean
from engine.language.packs.pack import Pack
from engine.program.plan import Policy

PRECHECKS: tuple[Callable[[Pack, Diagnostics], None], ...] = (
    selectors_are_known,
    rule_covers_an_action,
    overrides_are_denies,
    dates_are_in_order,
    promises_differ,
    rungs_are_known,
    desks_are_known,
    desks_are_off_the_ladder,
    amount_is_capable,
    authority_grows,
    budgets_limit_something,
    else_is_whole,
    events_are_new,
    signals_are_sound,
    translations_are_known,
)
"""Checks of names, so that lowering can trust them."""

CHECKS: tuple[Callable[[Policy, Diagnostics], None], ...] = (
    authority_is_left_to_the_ladder,
    due_is_a_date,
    policy_is_small,
    signals_are_safe,
    tables_are_exact,
    waiver_leaves_some,
    budgets_leave_a_grant,
    longer_budgets_are_larger,
    rule_has_source,
    rule_can_apply,
    deny_is_conditional,
    action_is_allowed,
    rung_reaches_action,
    history_is_read,
    declared_is_read,
    translations_are_complete,
)
"""Checks of meaning, on what was lowered."""


def precheck(pack: Pack, found: Diagnostics) -> None:
    """Record what is wrong with a pack's names, before it is lowered."""
    for one in PRECHECKS:
        one(pack, found)
    _accepted_are_warnings(pack, found)


def check(policy: Policy, found: Diagnostics) -> None:
    """Record what is wrong with a policy's meaning; warnings of accepted codes, and of packs it uses, are left out."""
    here = Diagnostics()
    for one in CHECKS:
        one(policy, here)
    pack = policy.pack
    accepted = {one.code for one in pack.accepted}
    found.extend(
        one
        for one in here.sorted()
        if one.severity is Severity.ERROR or (pack.owns(one.mark) and one.code not in accepted)
    )


def _accepted_are_warnings(pack: Pack, found: Diagnostics) -> None:
    for one in pack.accepted:
        if one.code not in CODES:
            help = did_you_mean(one.code, WARNINGS)
            found.error(one.mark, "unknown-code", f"`accept` names unknown code `{one.code}`", help)
        elif one.code not in WARNINGS:
            message = f"`{one.code}` is an error, and only warnings can be accepted"
            found.error(one.mark, "unknown-code", message, "correct what it says")
