"""What is said of signals: the words of each, with what was seen in the place of placeholders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.language.cel.scope import Scope
from engine.language.diagnostics import did_you_mean
from engine.language.packs.pack import Pack, Template
from engine.language.packs.signals import ORDINAL, DeclaredSignal, Missed
from engine.language.packs.sites import Sites
from engine.program.nodes import Call, Const, Field, Input, Named, Node
from engine.program.types import DATE, INT, TEXT, Record

TOLD: Final = ("active", "count")
"""What rules read of a signal that is said in the words of the signal."""
UNTOLD: Final = "it is seen because nothing happened, of which there is nothing to tell"
SHARED: Final = "say under `same` what its events have in common"


def words_of(pack: Pack, sites: Sites, base: Scope) -> Mapping[str, tuple[str | Node, ...]]:
    """Return, by the path of a fact, the words of the signal that it is of; its title where it has none."""
    member = base.inputs.find("signals")
    assert member is not None
    around = base.leaf(None, Input("signals", member.type))
    words: dict[str, tuple[str | Node, ...]] = {}
    for signal in pack.signals:
        known = dict(_placeholders(signal, around, base))
        means = (signal.title,) if signal.means is None else tuple(_filled(signal.means, known, sites))
        words |= {f"signals.{signal.name}.{name}": means for name in TOLD}
    return words


def _filled(means: Template, known: Mapping[str, Node], sites: Sites) -> Iterator[str | Node]:
    """Yield the words of a signal, what placeholders stand for among them; report those that there are not."""
    for part in means.parts:
        if isinstance(part, str):
            yield part
        elif (node := known.get(part.text.strip())) is not None:
            yield node
        else:
            name = part.text.strip()
            help = UNTOLD if not known else SHARED if name == "about" else did_you_mean(name, known)
            sites.error(part.mark, "text-placeholder", f"its words have no placeholder `{name}`", help)


def _placeholders(signal: DeclaredSignal, around: Node, base: Scope) -> Iterator[tuple[str, Node]]:
    """Yield what the words of a signal may stand for; where it is seen because there are no events, nothing."""
    if isinstance(signal.form, Missed) and signal.form.after is None:
        return
    assert isinstance(around.type, Record)
    own = around.type.find(signal.name)
    assert own is not None
    seen = base.leaf(around, Field(around, signal.name, own.type))
    assert isinstance(own.type, Record)
    parts = {one.name: base.leaf(seen, Field(seen, one.name, one.type)) for one in own.type}
    yield "count", parts["count"]
    yield "ordinal", Named(ORDINAL, parts["count"], (), INT)
    zone = Const(base.conventions.zone, TEXT)
    yield from ((name, Call("date_of", (parts[name], zone), DATE)) for name in ("since", "last"))
    if signal.same:
        yield "about", parts["about"]
