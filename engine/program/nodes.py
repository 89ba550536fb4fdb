"""The closed set of expression nodes that every backend evaluates.

A node's docstring is its meaning. *Unknown* is what an absent fact is and what a failed operation gives; unless a
docstring says otherwise, a node with an unknown operand is unknown. Operands are never null except where a docstring
allows it: the type checker puts `Given` around a nullable operand. Nodes compare by identity; `share` makes equal
ones one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from engine.program.types import Type

Node: TypeAlias = (
    "Const | Failure | Input | Variable | Field | Index | Given | Not | And | Or | AtLeast | Compare | Arithmetic "
    "| Case | Contains | Has | Call | Items | Quantify | Known | Assume | Named"
)


class Comparison(StrEnum):
    """Equality over any type, null included; order over numbers, money, text, dates, times, durations and bools."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class Operator(StrEnum):
    """Arithmetic on two operands; which kinds it takes is fixed by the operand types (see `Arithmetic`)."""

    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"
    MOD = "%"


class Quantifier(StrEnum):
    """What a `Quantify` makes of its list; each docstring on `Quantify` says how unknown bodies count."""

    ALL = "all"
    EXISTS = "exists"
    EXISTS_ONE = "exists_one"
    FILTER = "filter"
    MAP = "map"
    FIND = "find"
    COUNT = "count"


# No slots here, in plans, packs and trees: frozen classes with slots take several times as long to unpickle.


@dataclass(frozen=True, eq=False)
class Const:
    """A value that is always known; `NULL` is the known none."""

    value: object
    type: Type


@dataclass(frozen=True, eq=False)
class Failure:
    """An operation that always fails: unknown, with no fact that could settle it."""

    type: Type


@dataclass(frozen=True, eq=False)
class Input:
    """A top-level input by name (`customer`, `ask`, `now`, `history`, ...); unknown when it is absent."""

    name: str
    type: Type


@dataclass(frozen=True, eq=False)
class Variable:
    """The item of the enclosing quantifier at this nesting depth (outermost is 0); `name` is for texts alone."""

    depth: int
    name: str
    type: Type


@dataclass(frozen=True, eq=False)
class Field:
    """A member of a record; unknown when the member is absent; of null: failed."""

    of: Node
    name: str
    type: Type


@dataclass(frozen=True, eq=False)
class Index:
    """An item of a list by position from 0, or of a map by key; outside the list or no such key: failed."""

    of: Node
    key: Node
    type: Type


@dataclass(frozen=True, eq=False)
class Given:
    """The operand's value where it is not null; of null: failed."""

    of: Node
    type: Type


@dataclass(frozen=True, eq=False)
class Not:
    """True when the operand is false, false when it is true."""

    of: Node
    type: Type


@dataclass(frozen=True, eq=False)
class And:
    """False when any operand is false, else unknown when any is unknown, else true; true when empty."""

    items: tuple[Node, ...]
    type: Type


@dataclass(frozen=True, eq=False)
class Or:
    """True when any operand is true, else unknown when any is unknown, else false; false when empty."""

    items: tuple[Node, ...]
    type: Type


@dataclass(frozen=True, eq=False)
class AtLeast:
    """True when `count` operands are true, false when even the unknown ones could not make `count`, else unknown."""

    count: int
    items: tuple[Node, ...]
    type: Type


@dataclass(frozen=True, eq=False)
class Compare:
    """How two values of the same kind compare.

    Operands have one kind, except int with number (compared exactly as numbers). For EQ and NE either may be null
    (null equals null only), lists compare item by item; records and maps are not compared. Text orders by code point.
    """

    op: Comparison
    left: Node
    right: Node
    type: Type


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """Two operands combined, by the kinds of the operands and of the result.

    int op int (+ - * %): 64-bit, overflow fails; % takes the sign of the left operand, by 0 fails.
    number op number or int (+ - * /): IEEE double; a result that is not finite fails (division by 0 included).
    money + - money: money. money * int|number, int|number * money, money / int|number: money, computed exactly from
    the shortest decimal that gives the number and rounded once, half-even; by 0 fails. money / money: number. money %
    money: money. text + text; list + list: joined. timestamp - timestamp, date - date: duration. timestamp|date +-
    duration and duration + timestamp|date: as the first (a date takes whole days only, else failed). duration +-
    duration. duration * int.
    Money, timestamps, durations and dates stay within 64 bits and the years 1 to 9999, else failed.
    """

    op: Operator
    left: Node
    right: Node
    type: Type


@dataclass(frozen=True, eq=False)
class Case:
    """The value of the first branch whose condition is true.

    Unknown when a condition before it is unknown; `otherwise` when all are false. Values after the chosen one do not
    matter, and a value may be null where the type is nullable.
    """

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node
    type: Type


@dataclass(frozen=True, eq=False)
class Contains:
    """Whether the item (it may be null) is in the list, or the text is a key of the map."""

    item: Node
    of: Node
    type: Type


@dataclass(frozen=True, eq=False)
class Has:
    """Whether the operand is a value rather than null; unknown when it is unknown."""

    of: Node
    type: Type


@dataclass(frozen=True, eq=False)
class Call:
    """A function of the closed set in `engine.program.functions`, on operands of its signature."""

    function: str
    args: tuple[Node, ...]
    type: Type


@dataclass(frozen=True, eq=False)
class Items:
    """A list of the operands, in order; unknown when any is unknown. An item may be null where the type is nullable."""

    items: tuple[Node, ...]
    type: Type


@dataclass(frozen=True, eq=False)
class Quantify:
    """A quantifier over a list (or the keys of a map); `body` reads the item as the `Variable` at `depth`.

    all / exists: the Kleene and / or of the bodies. exists_one: false once two bodies are true, else unknown when any
    is unknown, else whether one is true. filter: the items whose body is true; count: how many; both unknown when any
    body is unknown. map: the bodies; unknown when any is. find: the first item whose body is true, unknown when a body
    before it is unknown, failed when none is true.
    """

    kind: Quantifier
    depth: int
    over: Node
    body: Node
    type: Type


@dataclass(frozen=True, eq=False)
class Known:
    """Whether the operand is known; never unknown itself."""

    of: Node
    type: Type


@dataclass(frozen=True, eq=False)
class Assume:
    """The operand where it is known, else `otherwise`."""

    of: Node
    otherwise: Node
    type: Type


@dataclass(frozen=True, eq=False)
class Named:
    """The operand; `name` and `words` are how authors call it, for texts alone (backends evaluate `of` and no more).

    `name` is `params.x`, `tables.x` or a definition's name; `words` is its `means`, texts and nodes in turn, or empty.
    """

    name: str
    of: Node
    words: tuple[str | Node, ...]
    type: Type
