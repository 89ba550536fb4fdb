"""The reference page of the problems that the decision API answers with."""

from __future__ import annotations

from collections.abc import Iterator

from api.reference import NOTE
from api.web.kinds import KINDS


def problems() -> str:
    """Return the page of every kind of problem."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield NOTE
    yield "# Problems\n"
    yield "Why the decision API does not answer a request, by [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)."
    yield "`type` is the stable name: `/problems/` and one of those below. `detail` says it of the request, `help` what"
    yield "to do, and `errors` names each value that is wrong by its JSON Pointer. Nothing that was sent is repeated."
    for code, kind in sorted(KINDS.items()):
        yield f"\n## `{code}`\n\n{kind.status}. {kind.means} {kind.do}"
