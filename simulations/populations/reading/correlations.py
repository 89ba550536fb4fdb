"""Correlations between facts as a spec writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.language.packs.building import as_mapping, as_scalar
from engine.language.reading.tree import Scalar, Sequence, Tree
from simulations.populations.drawing.copula import Copula, Correlation, impossible
from simulations.populations.drawing.draws import Ago, Chance, Chosen, Draw, Figure, Shares, Sometimes
from simulations.populations.drawing.spec import Entry, Fact, Listing
from simulations.populations.reading.ground import Ground, known_one
from simulations.populations.reading.marginals import number


@dataclass(frozen=True, eq=False)
class Pair:
    """Two facts of the items of a list (or, of none, of customers) and their correlation."""

    listing: str
    paths: tuple[str, str]
    coefficient: float
    tree: Tree


def correlated(
    ground: Ground, entries: tuple[Entry, ...], tree: Tree | None
) -> tuple[Copula | None, tuple[Entry, ...]]:
    """Return the copula of the customers' facts, and the entries with the copulas of their items."""
    pairs = [pair for item in tree if (pair := _pair(ground, entries, item))] if isinstance(tree, Sequence) else []
    made = [
        replace(one, copula=_copula(ground, pairs, one.path)) if isinstance(one, Listing) else one for one in entries
    ]
    return _copula(ground, pairs, ""), tuple(made)


def _pair(ground: Ground, entries: tuple[Entry, ...], item: Tree) -> Pair | None:
    tree = as_mapping(item)
    between, coefficient = tree.get("between"), tree.get("is")
    assert isinstance(between, Sequence)
    assert coefficient is not None
    (first, a), (second, b) = (_place(ground, entries, as_scalar(one)) for one in between)
    if not a or not b:
        return None
    if first != second or a == b:
        message = "these are not two facts of the same customer, or of the same item"
        ground.error(between.mark, "wrong-distribution", message, "correlate facts that stand side by side")
        return None
    return Pair(first, (a, b), number(coefficient), item)


def _place(ground: Ground, entries: tuple[Entry, ...], scalar: Scalar) -> tuple[str, str]:
    """Return the list that a fact is in the items of, and its path there; no path where it cannot be correlated."""
    found = dict(_facts(entries))
    if not known_one(ground, scalar, found, ("not-drawn", "drawn fact")):
        return "", ""
    listing, fact = found[scalar.text]
    if not by_quantile(fact.draw):
        message = f"`{scalar.text}` is not drawn from a distribution"
        ground.error(scalar.mark, "wrong-distribution", message, "correlate what it is made of")
        return "", ""
    return listing, fact.path


def _facts(entries: tuple[Entry, ...]) -> Iterator[tuple[str, tuple[str, Fact]]]:
    """Yield the facts of customers and of the items of their lists, by how a spec calls them."""
    for entry in entries:
        if isinstance(entry, Fact):
            yield entry.path, ("", entry)
        else:
            inner = (one for one in entry.entries if isinstance(one, Fact))
            yield from ((f"{entry.path}.{one.path}", (entry.path, one)) for one in inner)


def by_quantile(draw: Draw) -> bool:
    """Return whether a larger random number gives a larger value, or a later one of those listed."""
    match draw:
        case Figure() | Shares() | Chance():
            return True
        case Ago(days=one) | Sometimes(draw=one):
            return by_quantile(one)
        case Chosen(rows=rows, otherwise=otherwise):
            return any(by_quantile(one) for one in (otherwise, *(row for _, row in rows)))
        case _:
            return False


def _copula(ground: Ground, pairs: list[Pair], listing: str) -> Copula | None:
    """Return the copula of the facts of one list, or of customers; None where none is correlated."""
    here = [pair for pair in pairs if pair.listing == listing]
    paths = tuple(dict.fromkeys(path for pair in here for path in pair.paths))
    made = [Correlation(paths.index(a), paths.index(b), one.coefficient) for one in here for a, b in [one.paths]]
    if here and (wrong := impossible(len(paths), tuple(made))) is not None:
        pair = here[made.index(wrong)]
        message = f"no facts go together so; the correlation of `{pair.paths[0]}` and `{pair.paths[1]}` is furthest off"
        ground.error(pair.tree.mark, "impossible-correlation", message, "bring it nearer to 0")
        return None
    return Copula(paths, tuple(made)) if here else None
