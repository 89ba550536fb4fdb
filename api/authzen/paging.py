"""Results a page at a time: a token says where the next page begins, and of which search."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.problems import wrong_at
from schemas.authzen import MOST, ActionSearch, NextPage, Page, ResourceSearch, SubjectSearch

Item = TypeVar("Item")
Search = SubjectSearch | ResourceSearch | ActionSearch
DIGEST: Final = 16
"""Bytes that tell searches apart."""


class Token(BaseModel):
    """Where a page begins, how long the pages are, and which search it is."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    start: int
    limit: int
    search: str


def page_of(search: Search, found: Iterator[Item]) -> tuple[NextPage | None, tuple[Item, ...]]:
    """Return one page of what a search finds, and where the next begins; nothing of that where all is given."""
    token = _begun(search)
    results = tuple(islice(found, token.start, token.start + token.limit))
    more = next(found, None) is not None
    if search.page is None and not more:
        return None, results
    then = _written(token.model_copy(update={"start": token.start + len(results)})) if more else ""
    return NextPage(next_token=then, count=len(results)), results


def _begun(search: Search) -> Token:
    """Return where a search goes on; raise `RequestError` where the token is none of this search."""
    page, of = search.page or Page(), _digest(search)
    limit = MOST if page.limit is None else min(page.limit, MOST)
    if not page.token:
        return Token(start=0, limit=limit, search=of)
    token = _read(page.token)
    changed = page.limit is not None and limit != getattr(token, "limit", None)
    if token is None or token.start < 0 or token.search != of or changed:
        message = "the token is not of this search"
        raise wrong_at("/page/token", "other-search", message, "send the search again as it was, or without a token")
    return token


def _digest(search: Search) -> str:
    given = json.dumps(search.model_dump(mode="json", exclude={"page"}), sort_keys=True)
    return hashlib.sha256(f"{type(search).__name__}{given}".encode()).hexdigest()[: 2 * DIGEST]


def _written(token: Token) -> str:
    return base64.urlsafe_b64encode(token.model_dump_json().encode()).decode()


def _read(text: str) -> Token | None:
    try:
        return Token.model_validate_json(base64.b64decode(text, altchars=b"-_", validate=True))
    except (ValueError, ValidationError):
        return None
