"""Every deliberate difference from Google's CEL is as the documented table says."""

from __future__ import annotations

from typing import Any, Final

import pytest
from cel_oracle import REFUSED, googles, ours, outcome

from engine.language.cel.differences import DIFFERENCES
from engine.program.types import NULL

HOUR: Final = 3_600_000_000
KNOWN_FACTS: Final[dict[str, Any]] = {
    "i": 5,
    "s": "abc",
    "z": "b",
    "b": True,
    "t": 1_714_566_615_000_000,
    "u": HOUR,
    "li": [0, 1, 1],
    "m": {"a": 1},
    "r": {"x": 1, "n": None},
}
UNKNOWN: Final = None
LOWEST: Final = -(2**63)
EXAMPLES: Final[dict[str, list[tuple[str, object | None, object | None]]]] = {
    "absent facts": [("r.s", None, UNKNOWN), ("d > 0.0", None, UNKNOWN), ("d > 0.0 || b", True, True)],
    "failed operations": [("1 % 0", None, UNKNOWN), ("1 % 0 == 0 || b", True, True), ("m.b", None, UNKNOWN)],
    "exists_one": [("li.exists_one(x, 1 % x == 0)", None, False)],
    "has": [("has(r.s)", False, UNKNOWN), ("has(r.n)", True, False), ("has(m.b)", False, UNKNOWN)],
    "null": [("s == null", REFUSED, False), ("r.n + 1", None, UNKNOWN)],
    "division of ints": [("i / 2", 2, REFUSED), ("i / 2.0", REFUSED, 2.5)],
    "ints with numbers": [
        ("1 + 1.5", REFUSED, 2.5),
        ("1 in [1.0]", REFUSED, True),
        ("9007199254740993 > 9007199254740992.0", REFUSED, True),
    ],
    "numbers that are not finite": [
        ("1.0 / 0.0 > 1.0", True, UNKNOWN),
        ("1e308 * 10.0 > 1.0", True, UNKNOWN),
    ],
    "the ends of the ints": [
        (f"{LOWEST} % -1", None, 0),
        (f"int({float(LOWEST)})", None, LOWEST),
        (f"-({LOWEST})", None, UNKNOWN),
    ],
    "number literals": [("007", 7, REFUSED)],
    "numbers from texts": [('int(" 4")', 4, UNKNOWN), ('double("0x10")', 16.0, UNKNOWN)],
    "texts from values": [("string(1.5)", "1.5", REFUSED), ("string(b)", "true", REFUSED)],
    "raw texts": [('r"\\\\"', "\\\\", "\\\\"), ('r"\\"', REFUSED, "\\")],
    "chained comparisons": [("1 < 2 == true", True, REFUSED), ("(1 < 2) == true", True, True)],
    "maps and messages": [('{"a": 1}.a', 1, REFUSED)],
    "bytes, uint, type and dyn": [
        ('b"a" == b"a"', True, REFUSED),
        ("1u", 1, REFUSED),
        ("dyn(1)", 1, REFUSED),
    ],
    "mixed lists": [('[1, "a"]', (1, "a"), REFUSED), ("[1, null]", (1, NULL), (1, NULL))],
    "records and maps": [("m == m", True, REFUSED), ("r == r", True, REFUSED)],
    "names": [(".i", 5, REFUSED), ("li.all(x, li.all(x, x < 2))", True, REFUSED)],
    "patterns": [("s.matches(z)", True, REFUSED)],
    "precision of time": [
        ('timestamp("2024-01-01T00:00:00.0000009Z") > timestamp("2024-01-01T00:00:00Z")', True, False)
    ],
    "long durations": [('duration("9000000000s") + duration("9000000000s")', None, 18 * 10**15)],
    "durations as text": [('duration("P7D")', None, 7 * 24 * HOUR)],
    "timestamps as text": [
        ('timestamp("2024-01-01T00:00:00")', None, 1_704_067_200_000_000),
        ('timestamp("2024-01-01T23:59:60Z") > t', False, REFUSED),
    ],
    "clocks": [('t.getHours("+05:30") == 18', True, REFUSED), ("t.getHours(s) == 1", None, REFUSED)],
    "more operations on durations": [("-u", REFUSED, -HOUR), ("u * 2", REFUSED, 2 * HOUR)],
    "money and dates": [('date("2024-05-01") < date(t)', REFUSED, False)],
    "more functions": [("max(1, 2)", REFUSED, 2), ('s.replace("a", "b")', "bbc", REFUSED)],
    "limits": [(f'"{"a" * 4_000}" == s', False, REFUSED)],
}
"""For each difference: expressions, what Google gives, and what we give."""


@pytest.mark.parametrize("what", [difference.what for difference in DIFFERENCES])
def test_a_difference_is_as_the_table_says(what: str) -> None:
    for text, theirs, mine in EXAMPLES[what]:
        assert (text, outcome(googles, text, KNOWN_FACTS), outcome(ours, text, KNOWN_FACTS)) == (
            text,
            theirs,
            mine,
        )


def test_every_example_belongs_to_a_difference_of_the_table() -> None:
    assert list(EXAMPLES) == [difference.what for difference in DIFFERENCES]
