"""Checks of the ladder: rungs, desks, and what each may grant."""

from __future__ import annotations

from decimal import Decimal

from engine.language.cel.syntax import Literal, Unary
from engine.language.cel.typecheck import dotted
from engine.language.diagnostics import Diagnostics, Mark, did_you_mean
from engine.language.packs.pack import Action, Cap, Deny, Expression, Floor, Grant, Pack, Refer, Rule, Value
from engine.program.plan import Policy
from engine.program.voices import grant_of

UNLIMITED = Decimal("Infinity")


def rungs_are_known(pack: Pack, found: Diagnostics) -> None:
    """Report rungs that `authority` and `waivable_by` name and that are not on the ladder."""
    for grant in pack.authority:
        _rung(pack, (grant.rung, grant.rung_mark), "`authority`", found)
    for rule in pack.rules:
        if isinstance(rule.effect, (Deny, Cap)) and rule.effect.waivable_by:
            _rung(pack, (rule.effect.waivable_by, rule.effect.mark), f"rule `{rule.id}`", found)


def _rung(pack: Pack, named: tuple[str, Mark], where: str, found: Diagnostics) -> None:
    (rung, mark), ladder = named, pack.header.ladder
    if rung not in ladder:
        listed = "it lists " + ", ".join(f"`{one}`" for one in ladder) if ladder else "add `ladder:`"
        help = did_you_mean(rung, ladder) or listed
        found.error(mark, "unknown-rung", f"{where} names `{rung}`, which is not on the ladder", help)


def desks_are_known(pack: Pack, found: Diagnostics) -> None:
    """Report desks that rules refer to and that are not listed."""
    for rule in pack.rules:
        if isinstance(rule.effect, Refer) and rule.effect.desk not in pack.header.desks:
            desk = rule.effect.desk
            help = did_you_mean(desk, pack.header.desks) or "list it under `desks:`"
            if desk in pack.header.ladder:
                help = "a rung is reached by `authority`; only a desk off the ladder takes a case over"
            message = f"rule `{rule.id}` refers to unknown desk `{desk}`"
            found.error(rule.effect.mark, "unknown-desk", message, help)


def desks_are_off_the_ladder(pack: Pack, found: Diagnostics) -> None:
    """Report desks that are rungs too."""
    for desk, mark in zip(pack.header.desks, pack.header.desk_marks, strict=True):
        if desk in pack.header.ladder:
            message = f"desk `{desk}` is on the ladder too"
            found.error(mark, "desk-on-ladder", message, "keep it in one of the two")


def waiver_leaves_some(policy: Policy, found: Diagnostics) -> None:
    """Warn of denies and caps that the lowest rung may waive, and that so bind nobody."""
    ladder = policy.pack.header.ladder
    for rule in policy.pack.rules:
        if isinstance(rule.effect, (Deny, Cap)) and rule.effect.waivable_by in ladder[:1]:
            message = f"rule `{rule.id}` may be waived by `{ladder[0]}`, so it binds no rung"
            found.warning(rule.effect.mark, "waiver-for-all", message, "name a higher rung, or leave the rule out")


def amount_is_capable(pack: Pack, found: Diagnostics) -> None:
    """Report caps, and floors other than 1, on actions that have no amount."""
    for rule in pack.rules:
        if isinstance(rule.effect, (Cap, Floor)):
            for action in pack.actions:
                if action.amount == "none" and pack.covers(rule, action):
                    _without_amount(pack, rule, action, found)


def _without_amount(pack: Pack, rule: Rule, action: Action, found: Diagnostics) -> None:
    message = f"rule `{rule.id}`: action `{action.name}` has no amount to"
    except_ = "or take it out with `except`"
    if isinstance(rule.effect, Cap):
        found.error(rule.effect.at_most.mark, "no-amount", f"{message} cap", f"write a `deny`, {except_}")
    elif isinstance(rule.effect, Floor) and constant(rule.effect.at_least, pack) != 1:
        help = f"write `at_least: 1` where it is owed, {except_}"
        found.error(rule.effect.at_least.mark, "no-amount", f"{message} set a floor for", help)


def authority_grows(pack: Pack, found: Diagnostics) -> None:
    """Report rungs that are granted less of an action than a rung below them."""
    told: set[int] = set()
    for action in pack.actions:
        below: list[tuple[Decimal, Grant]] = []
        for rung in pack.header.ladder:
            grant = grant_of(pack.authority, rung, action)
            amount = None if grant is None else granted(grant, pack)
            if grant is None or amount is None:
                continue
            most = max(below, key=lambda one: one[0], default=None)
            if most is not None and amount < most[0] and id(grant) not in told:
                told.add(id(grant))
                _shrinks(action, (amount, grant), most, found)
            below.append((amount, grant))


def _shrinks(action: Action, own: tuple[Decimal, Grant], below: tuple[Decimal, Grant], found: Diagnostics) -> None:
    message = (
        f"`{own[1].rung}` may grant {_shown(own[0])} of `{action.name}`, less than `{below[1].rung}` below it "
        f"({_shown(below[0])})"
    )
    found.error(own[1].mark, "authority-shrinks", message, "raise it, or leave it out: what lower rungs have is kept")


def _shown(amount: Decimal) -> str:
    return "any amount" if amount == UNLIMITED else f"{amount:f}" if amount else "nothing"


def granted(grant: Grant, pack: Pack) -> Decimal | None:
    """Return how much a grant gives where that is a constant, else None."""
    if grant.amount is None:
        return UNLIMITED if grant.allowed else Decimal(0)
    return constant(grant.amount, pack)


def constant(value: Value, pack: Pack) -> Decimal | None:
    """Return the number that a value is written as, itself or by a parameter that has no dates, else None."""
    if not isinstance(value, Expression):
        return None
    syntax, sign = value.syntax, 1
    if isinstance(syntax, Unary) and syntax.op == "-":
        syntax, sign = syntax.of, -1
    if isinstance(syntax, Literal):
        return sign * Decimal(str(syntax.value)) if syntax.kind in ("int", "double") else None
    parameter = next((one for one in pack.parameters if f"params.{one.name}" == dotted(syntax)), None)
    if parameter is None or len(parameter.values) != 1 or parameter.values[0][0] is not None:
        return None
    inner = constant(parameter.values[0][1], pack)
    return None if inner is None else sign * inner
