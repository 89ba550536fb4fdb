"""The response model of a simulation: what customers are assumed to do with an answer."""

from __future__ import annotations

from engine.language.packs.building import as_scalar, text_of
from engine.language.reading.tree import Mapping, Tree
from engine.program.nodes import Const, Named, Node
from engine.program.types import MONEY, NUMBER, Type
from simulations.specs.expressions import Expressions
from simulations.specs.simulation import Guess, Response
from simulations.specs.variables import ANSWER, VARIABLES


def response_of(tree: Mapping, expressions: Expressions) -> Response:
    """Return the response model that `response` writes."""
    accepts = _guess("accepts", tree, expressions, NUMBER)
    assert accepts is not None
    return Response(
        accepts=accepts,
        stays=_guess("stays", tree, expressions, NUMBER),
        contacts_again=_guess("contacts_again", tree, expressions, NUMBER),
        worth=_guess("worth", tree, expressions, MONEY),
        contact_cost=_guess("contact_cost", tree, expressions, MONEY),
    )


def _guess(name: str, response: Mapping, expressions: Expressions, want: Type) -> Guess | None:
    """Return an assumption; one expression is its low end and its high end too."""
    tree = response.get(name)
    if tree is None:
        return None
    trees = _ends(tree)
    variables = ANSWER if name == "accepts" else VARIABLES
    low, base, high = (expressions.node(name, one, want, variables) for one in trees)
    if want == NUMBER:
        for one, node in zip(trees, (low, base, high), strict=True):
            _check_probability(name, one, node, expressions)
    title = text_of(tree.get("title")) if isinstance(tree, Mapping) else ""
    texts = (text_of(trees[0]), text_of(trees[1]), text_of(trees[2]))
    return Guess(name, title, low, base, high, texts, tree.mark)


def _ends(tree: Tree) -> tuple[Tree, Tree, Tree]:
    """Return what is written for the low end, as assumed, and for the high end."""
    if not isinstance(tree, Mapping):
        return tree, tree, tree
    base = tree.get("base")
    assert base is not None
    return tree.get("low") or base, base, tree.get("high") or base


def _check_probability(name: str, tree: Tree, node: Node, expressions: Expressions) -> None:
    """Report a constant that is no probability."""
    while isinstance(node, Named):
        node = node.of
    if isinstance(node, Const) and isinstance(node.value, float) and not 0 <= node.value <= 1:
        message = f"`{name}` is a probability, and cannot be `{as_scalar(tree).text}`"
        expressions.found.error(tree.mark, "bad-probability", message, "write a number from 0 to 1")
