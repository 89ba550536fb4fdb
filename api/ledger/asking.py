"""Questions that are handed to the driver as they are.

SQLAlchemy takes longer around such a query than the database in it. A question is compiled once for each kind of
database; all but its named values is written into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, CompoundSelect, Dialect, Engine, PoolProxiedConnection, Select, bindparam
from sqlalchemy.exc import DBAPIError

from api.ledger.connecting import drawn, reason, wrapped
from api.ledger.problems import LedgerUnavailable

Query: TypeAlias = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
Row: TypeAlias = Sequence[Any]
"""The values of a row, in order."""
AT_ONCE: Final = 256
"""Ids that are asked about at once."""
WAITING: Final = 5
"""Connections that wait to be used, at most: where one is gone, all may be."""


class Question:
    """A query, and what is sent for it to each kind of database."""

    def __init__(self, query: Query) -> None:
        """Keep the query."""
        self.query = query
        self._sent: dict[str, Sent] = {}

    def sent(self, dialect: Dialect) -> Sent:
        """Return what is sent to a kind of database."""
        found = self._sent.get(dialect.name)
        if found is None:
            made = self.query.compile(dialect=dialect)
            given = {name: value for name, value in made.params.items() if value is not None}
            found = Sent(str(made), given, made.positiontup if dialect.positional else None)
            self._sent[dialect.name] = found
        return found


class Each:
    """A query for the rows of ids, however many."""

    def __init__(self, query: Select[*tuple[Any, ...]], id: ColumnElement[Any]) -> None:
        """Keep the query, and what it knows a row by."""
        self._query, self._id = query, id
        self._questions: dict[int, Question] = {}

    def found(self, ask: Ask, ids: Sequence[str]) -> Iterator[Row]:
        """Yield what is there."""
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            # The last is named again, so that there are few questions in all.
            count = 1 << (len(some) - 1).bit_length()
            values = {f"id{place}": some[min(place, len(some) - 1)] for place in range(count)}
            yield from ask(self._question(count), values)

    def _question(self, count: int) -> Question:
        found = self._questions.get(count)
        if found is None:
            named = self._id.in_([bindparam(f"id{place}") for place in range(count)])
            found = self._questions[count] = Question(self._query.where(named))
        return found


class Sent(NamedTuple):
    """A query as a driver takes it, the values that are always the same, and the order of values that go by place."""

    text: str
    given: Mapping[str, Any]
    order: Sequence[str] | None


Ask: TypeAlias = Callable[[Question, Mapping[str, Any]], Sequence[Row]]
"""Asks a question with its values, and gives all that it finds."""


class Line:
    """A connection of the driver's own, over which questions are asked; what fails is a `DBAPIError`."""

    def __init__(self, connection: PoolProxiedConnection, dialect: Dialect) -> None:
        """Keep the connection, and the kind of its database."""
        self._connection, self._dialect = connection, dialect

    def ask(self, question: Question, values: Mapping[str, Any]) -> Sequence[Row]:
        """Return all that is found."""
        sent = question.sent(self._dialect)
        given = {**sent.given, **values}
        try:
            cursor = self._connection.cursor()
            cursor.execute(sent.text, given if sent.order is None else [given[name] for name in sent.order])
            return cursor.fetchall()
        except self._dialect.loaded_dbapi.Error as error:
            raise wrapped(error, self._connection, self._dialect) from error


class Asking(Line):
    """A line on which nothing but questions is said: one that finds the connection gone is asked again on another."""

    def __init__(self, engine: Engine) -> None:
        """Draw a connection."""
        super().__init__(drawn(engine), engine.dialect)
        self._engine = engine

    def ask(self, question: Question, values: Mapping[str, Any]) -> Sequence[Row]:
        """Return all that is found."""
        for _ in range(WAITING):
            try:
                return super().ask(question, values)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            self._connection.invalidate()
            self._connection = drawn(self._engine)
        return super().ask(question, values)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


@contextmanager
def line(engine: Engine, whose: str = "") -> Iterator[Line]:
    """Give a line to a database; raise `LedgerUnavailable` where it does not answer, with `whose` it is said first."""
    try:
        with closing(Asking(engine)) as asking:
            yield asking
    except DBAPIError as error:
        raise LedgerUnavailable(f"{whose}{reason(error)}") from error
