"""The sections of a pack that say what happens to customers, and which patterns of it matter."""

from __future__ import annotations

from engine.language.cel.scope import Conventions
from engine.language.packs.building import Builder, as_mapping, as_scalar, marked_texts, text_of
from engine.language.packs.facts import inputs_type
from engine.language.packs.signals import (
    Chosen,
    Concluded,
    Counted,
    DeclaredSignal,
    EventKind,
    FieldTest,
    Followed,
    Form,
    Missed,
)
from engine.language.reading.tree import Mapping, Scalar, Sequence, Tree
from engine.program.types import Record


def event_kind(build: Builder, key: Scalar, tree: Mapping, conventions: Conventions) -> EventKind:
    """Return the kind of event that an entry of `events` writes."""
    fields = tree.get("fields")
    return EventKind(
        name=key.text,
        mark=key.mark,
        title=text_of(tree.get("title"), key.text.replace("_", " ")),
        fields=Record(()) if fields is None else inputs_type(fields, build.found, conventions.digits, conventions.zone),
        places={} if fields is None else {name.text: name.mark for name, _ in as_mapping(fields)},
    )


def signal(build: Builder, key: Scalar, tree: Mapping) -> DeclaredSignal:
    """Return the signal that an entry of `signals` writes."""
    inner = tree.get("count") or tree.get("sequence") or tree
    return DeclaredSignal(
        name=key.text,
        mark=key.mark,
        title=text_of(tree.get("title"), key.text.replace("_", " ")),
        form=_form(tree),
        same=marked_texts(as_mapping(inner).get("same")),
        within=_scalar(tree.get("within")),
        lasting=_scalar(tree.get("lasting")),
        means=build.template(tree.get("means")),
        question=text_of(tree.get("question")),
    )


def _form(tree: Mapping) -> Form:
    if isinstance(count := tree.get("count"), Mapping):
        return Counted(_chosen(count), int(text_of(count.get("at_least"), "1")))
    if isinstance(sequence := tree.get("sequence"), Mapping):
        return Followed(_events(sequence.get("first")), _events(sequence.get("then")))
    if (when := tree.get("when")) is not None:
        return _concluded(when)
    after = tree.get("after")
    return Missed(None if after is None else _events(after), _events(tree.get("missing")))


def _concluded(tree: Tree) -> Concluded:
    """Return a conclusion: from all of a list, from any, or from so many of them."""
    if not isinstance(tree, Mapping):
        names = marked_texts(tree)
        return Concluded(names, len(names))
    if (every := tree.get("all")) is not None:
        return _concluded(every)
    least = tree.get("at_least")
    return Concluded(marked_texts(tree.get("any") or tree.get("of")), 1 if least is None else int(text_of(least)))


def _events(tree: Tree | None) -> Chosen:
    """Return events by their kind, by a list of kinds, or by kinds with tests."""
    return _chosen(tree) if isinstance(tree, Mapping) else Chosen(marked_texts(tree))


def _chosen(tree: Mapping) -> Chosen:
    where = tree.get("where")
    tests = () if where is None else tuple(_test(key, value) for key, value in as_mapping(where))
    return Chosen(marked_texts(tree.get("of")), tests)


def _test(key: Scalar, tree: Tree) -> FieldTest:
    items = tree.items if isinstance(tree, Sequence) else (tree,)
    return FieldTest((key.text, key.mark), tuple(as_scalar(item) for item in items))


def _scalar(tree: Tree | None) -> Scalar | None:
    return None if tree is None else as_scalar(tree)
