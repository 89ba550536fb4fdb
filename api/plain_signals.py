"""What happens to customers, and what a pack sees in it, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from engine.backends.times import DAY, HOUR, MINUTE
from engine.language.packs.pack import Pack
from engine.language.packs.signals import (
    Chosen,
    Concluded,
    Counted,
    DeclaredSignal,
    EventKind,
    FieldTest,
    Followed,
    Missed,
    Name,
)
from engine.language.packs.spans import span_of
from engine.language.reading.tree import Scalar

UNITS: Final = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))


def memory_lines(pack: Pack) -> Iterator[str]:
    """Yield the lines that say what a pack declares to happen, what it sees in it, and what follows from that."""
    parts = (
        ("What happens to customers, beside contacts, promises and what is decided", list(_event_lines(pack))),
        ("What is seen in it (signals)", list(_signal_lines(pack, patterns(pack)))),
        ("What follows from signals (conclusions)", list(_signal_lines(pack, conclusions(pack)))),
    )
    for title, lines in parts:
        if lines:
            yield ""
            yield title
            yield from lines


def patterns(pack: Pack) -> list[DeclaredSignal]:
    """Return the signals that are seen in events."""
    return [one for one in pack.signals if not isinstance(one.form, Concluded)]


def conclusions(pack: Pack) -> list[DeclaredSignal]:
    """Return the signals that follow from others."""
    return [one for one in pack.signals if isinstance(one.form, Concluded)]


def _event_lines(pack: Pack) -> Iterator[str]:
    for kind in pack.events:
        fields = ", ".join(f"{name} ({type_})" for name, type_ in fields_of(kind).items())
        yield f"  - {kind.title} [{kind.name}]" + (f": {fields}" if fields else "")


def fields_of(kind: EventKind) -> dict[str, str]:
    """Return the fields of a kind of event, each with its type."""
    return {one.name: str(one.type) for one in kind.fields}


def _signal_lines(pack: Pack, signals: list[DeclaredSignal]) -> Iterator[str]:
    for one in signals:
        yield f"  - {one.title} [{one.name}]"
        yield f"      {sees(pack, one)}"
        if one.means is not None:
            yield f"      says: {bare_words(one)}"


def signal_json(pack: Pack, signal: DeclaredSignal) -> dict[str, Any]:
    """Return a signal as JSON has it."""
    return {
        "signal": signal.name,
        "title": signal.title,
        "sees": sees(pack, signal),
        "means": bare_words(signal),
        "question": signal.question,
    }


def bare_words(signal: DeclaredSignal) -> str:
    """Return the words of a signal with its placeholders as they are written."""
    if signal.means is None:
        return ""
    return "".join(part if isinstance(part, str) else f"{{{part.text.strip()}}}" for part in signal.means.parts)


def sees(pack: Pack, signal: DeclaredSignal) -> str:
    """Return what has to happen for a signal to be seen."""
    same = f", with the same {_listed(signal.same, 'and')}" if signal.same else ""
    within, lasting = span_words(signal.within), span_words(signal.lasting)
    match signal.form:
        case Counted(of=of, at_least=least):
            times = "once" if least == 1 else f"{least} times"
            return f"{_events(of)} at least {times} in the last {within}{same}"
        case Followed(first=first, then=then):
            return f"{_events(first)}, then {_events(then)} within {within}{same}; for {lasting or within} after that"
        case Missed(after=None, missing=missing):
            return f"no {_events(missing)} in the last {within}"
        case Missed(after=Chosen() as after, missing=missing):
            end = f"within {within}" if _is_span(signal.within) else f"by its {within}"
            until = f"for {lasting} after that" if lasting else "from then on"
            return f"{_events(after)}, and no {_events(missing)} {end}{same}; {until}"
        case Concluded(of=names, at_least=least):
            return f"{_share(least, len(names))}: {'; '.join(_title(pack, name) for name, _ in names)}"
        case _:
            raise AssertionError("every form is told")


def _share(least: int, whole: int) -> str:
    return "all of" if least == whole else "any of" if least == 1 else f"at least {least} of"


def _title(pack: Pack, name: str) -> str:
    return next(one.title for one in pack.signals if one.name == name)


def _events(chosen: Chosen) -> str:
    """Return what events are called, with what is tested of them."""
    tests = " and ".join(map(_test, chosen.tests))
    return _listed(chosen.kinds, "or") + (f" (where {tests})" if tests else "")


def _test(test: FieldTest) -> str:
    return f"{test.field[0].replace('_', ' ')} is {' or '.join(one.text for one in test.values)}"


def _listed(names: tuple[Name, ...], word: str) -> str:
    return f" {word} ".join(name.replace("_", " ") for name, _ in names)


def _is_span(written: Scalar | None) -> bool:
    return written is not None and span_of(written.text) is not None


def span_words(written: Scalar | None) -> str:
    """Return a span in its largest whole unit, or the field that says until when; nothing where none is written."""
    if written is None:
        return ""
    span = span_of(written.text)
    if span is None:
        return written.text.replace("_", " ")
    unit, name = next((unit, name) for unit, name in UNITS if span % unit == 0)
    return f"{span // unit} {name}" + ("" if span == unit else "s")
