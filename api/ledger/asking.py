"""Questions that every decision begins with, handed to the driver as they are.

SQLAlchemy takes longer around such a query than the database in it. A question is compiled once for each kind of
database; all but its named values is written into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import CompoundSelect, Dialect, Engine, PoolProxiedConnection, Select
from sqlalchemy.exc import DBAPIError

from api.ledger.connecting import reason
from api.ledger.problems import LedgerUnavailable

Query: TypeAlias = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
Row: TypeAlias = Sequence[Any]
"""The values of a row, in order."""


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


class Sent(NamedTuple):
    """A query as a driver takes it, the values that are always the same, and the order of values that go by place."""

    text: str
    given: Mapping[str, Any]
    order: Sequence[str] | None


class Line:
    """A connection of the driver's own, over which questions are asked."""

    def __init__(self, connection: PoolProxiedConnection, dialect: Dialect) -> None:
        """Keep the connection, and the kind of its database."""
        self._connection, self._dialect = connection, dialect

    def ask(self, question: Question, values: Mapping[str, Any]) -> Sequence[Row]:
        """Return all that is found."""
        sent = question.sent(self._dialect)
        given = {**sent.given, **values}
        cursor = self._connection.cursor()
        cursor.execute(sent.text, given if sent.order is None else [given[name] for name in sent.order])
        return cursor.fetchall()


@contextmanager
def line(engine: Engine, whose: str = "") -> Iterator[Line]:
    """Give a line to a database; raise `LedgerUnavailable` where it does not answer, with `whose` it is said first."""
    try:
        connection = engine.raw_connection()
        try:
            yield Line(connection, engine.dialect)
        finally:
            connection.close()
    except engine.dialect.loaded_dbapi.Error as error:
        said = str(error).strip().partition("\n")[0]
        raise LedgerUnavailable(f"{whose}{said or 'no reason given'}") from error
    except DBAPIError as error:
        raise LedgerUnavailable(f"{whose}{reason(error)}") from error
