"""The sections of a pack that say what may be done: actions, authority."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.cel.parse import ExpressionError, parse
from engine.language.cel.scope import Conventions
from engine.language.cel.syntax import Literal
from engine.language.packs.building import Builder, as_mapping, text_of
from engine.language.packs.facts import inputs_type
from engine.language.packs.pack import SPANS, Action, Budget, Expression, Grant, PromiseTerm, Say, Value, Whose
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree
from engine.program.types import Record


def action(build: Builder, key: Scalar, tree: Mapping, conventions: Conventions) -> Action:
    """Return the action that an entry of `actions` writes."""
    refusal = tree.get("otherwise")
    because = as_mapping(refusal) if refusal is not None else None
    inputs, stands = tree.get("inputs"), tree.get("stands")
    return Action(
        name=key.text,
        mark=key.mark,
        title=text_of(tree.get("title"), key.text.replace("_", " ")),
        description=text_of(tree.get("description")),
        kind=text_of(tree.get("kind")),
        amount=text_of(tree.get("amount"), "none"),
        unit=text_of(tree.get("unit")),
        inputs=Record(()) if inputs is None else inputs_type(inputs, build.found, conventions.digits, conventions.zone),
        proactive=text_of(tree.get("proactive"), "true") != "false",
        company_cost=build.optional_value(tree.get("company_cost")),
        customer_value=build.optional_value(tree.get("customer_value")),
        company_gain=build.optional_value(tree.get("company_gain")),
        terms=_values(build, tree.get("terms")),
        outputs=_values(build, tree.get("outputs")),
        effects=_effects(build, tree.get("effects")),
        promises=_promises(build, tree.get("promises")),
        stands=None if stands is None else build.expression(stands),
        instead=build.instead(tree.get("instead")),
        otherwise_reason=text_of(because.get("reason") if because else None, "not_provided_for"),
        otherwise_say=build.say(because.get("say")) if because else Say(),
        say=build.say(tree.get("say")),
    )


def _values(build: Builder, tree: Tree | None) -> tuple[tuple[str, Value], ...]:
    return () if tree is None else tuple((key.text, build.value(value)) for key, value in as_mapping(tree))


def _effects(build: Builder, tree: Tree | None) -> tuple[tuple[Expression, Expression], ...]:
    if tree is None:
        return ()
    return tuple((_path(build, key), build.expression(value)) for key, value in as_mapping(tree))


def _path(build: Builder, key: Scalar) -> Expression:
    try:
        return Expression(key.text, parse(key.text), key)
    except ExpressionError as problem:
        build.found.error(key.mark_at(problem.offset), problem.code, problem.message, problem.help)
        return Expression(key.text, Literal("null", None, key.text, 0, 0), key)


def _promises(build: Builder, tree: Tree | None) -> tuple[PromiseTerm, ...]:
    if not isinstance(tree, Sequence):
        return ()
    made = []
    for item in map(as_mapping, tree):
        due = item.get("due")
        assert due is not None
        made.append(
            PromiseTerm(text_of(item.get("id")), item.mark, build.expression(due), build.template(item.get("say")))
        )
    return tuple(made)


def grants(build: Builder, tree: Mapping) -> tuple[Grant, ...]:
    """Return what each rung may grant by itself."""
    return tuple(_grant(build, rung, key, value) for rung, of in tree for key, value in as_mapping(of))


def _grant(build: Builder, rung: Scalar, key: Scalar, tree: Tree) -> Grant:
    each = tree.get("each") if isinstance(tree, Mapping) else tree
    assert each is not None
    amount, allowed = None, True
    if isinstance(each, Scalar) and isinstance(each.value, bool):
        allowed = each.value
    else:
        amount = build.value(each)
    budgets = tuple(_budgets(build, tree)) if isinstance(tree, Mapping) else ()
    return Grant(rung.text, key.text, key.mark, amount, allowed, rung.mark, budgets)


def _budgets(build: Builder, tree: Mapping) -> Iterator[Budget]:
    """Yield the budgets of an agent, then those of their team, the shortest span first."""
    team = tree.get("team")
    of: tuple[tuple[Whose, Mapping], ...] = (("agent", tree), *((("team", as_mapping(team)),) if team else ()))
    for whose, written in of:
        for span in SPANS:
            key, amount = written.key(f"per_{span}"), written.get(f"per_{span}")
            if key is not None and amount is not None:
                yield Budget(whose, span, build.value(amount), key.mark)
