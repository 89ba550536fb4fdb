"""Where expressions mean something else than in Google's CEL, on purpose; the docs print this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: what it is about, what CEL does, what Leeway does, and why."""

    what: str
    cel: str
    leeway: str
    why: str


DIFFERENCES: Final[tuple[Difference, ...]] = (
    Difference(
        "absent facts",
        "an absent member or variable is an error",
        "it is unknown, and the answer can be a question",
        "a decision is made before all is known, and must never be more lenient for it",
    ),
    Difference(
        "failed operations",
        "overflow, division by zero or a missing key is an error",
        "it is unknown; `&&`, `||`, `all` and `exists` treat it as they treat an absent fact",
        "nothing fails open, and no rule is lost because another one failed",
    ),
    Difference(
        "exists_one",
        "an error in any item is an error",
        "false once two items hold, whatever the others are",
        "no unknown item could make it true again",
    ),
    Difference(
        "has",
        "false for an absent member, true for null",
        "unknown for an absent member or key, false for null, true for a value; `key in map` asks for a key",
        "absent is unknown, and null is the known none",
    ),
    Difference(
        "null",
        "only a null or a wrapper type compares with `null`",
        "anything compares with `null` by `==` and `!=`; any other operation on null fails",
        "facts may be null where their schema says so",
    ),
    Difference(
        "division of ints",
        "`7 / 2` is 3",
        "an error at load that suggests `/ 2.0`",
        "a fraction that is dropped without a word is money lost",
    ),
    Difference(
        "ints with numbers",
        "`1 + 1.5`, `1 < 1.5` and `1 in [1.0]` are errors",
        "an int goes with a number: sums are numbers, and comparisons are exact",
        "authors write `2 * rate`, not `2.0 * rate`",
    ),
    Difference(
        "numbers that are not finite",
        "`1.0 / 0.0` is infinity, `0.0 / 0.0` not a number",
        "unknown",
        "infinity would pass every limit",
    ),
    Difference(
        "the ends of the ints",
        "the lowest int `% -1`, and `int()` of the lowest int as a double, are errors",
        "0, and the lowest int",
        "both results are exact",
    ),
    Difference(
        "number literals",
        "`007` is 7",
        "a number that begins with 0 is an error",
        "it comes from `1,000` or `2026-03-01` without quotes",
    ),
    Difference(
        "numbers from texts",
        '`int(" 4")`, `double("0x10")` and `double("inf")` are numbers',
        "space, hexadecimal and names of no number are unknown",
        "what is typed wrong is not guessed",
    ),
    Difference(
        "texts from values",
        "`string(x)` and `bool(x)` take any plain value",
        "`string(x)` takes ints; texts for people are formatted by their template",
        "numbers, money and times are written as the pack's language writes them",
    ),
    Difference(
        "raw texts",
        "Google's runtime refuses a raw text that ends in a backslash",
        "it is a text of one backslash, as CEL's definition has it",
        "the definition is what other tools follow",
    ),
    Difference(
        "chained comparisons",
        "`1 < 2 == true` compares a bool with a bool",
        "an error that suggests `&&` or parentheses",
        "`1 < x < 5` is a mistake in nearly every case",
    ),
    Difference(
        "maps and messages",
        '`{"a": 1}` and `Message{a: 1}` are values',
        "an error; values by key are written as tables",
        "tables are checked for holes and overlaps",
    ),
    Difference(
        "bytes, uint, type and dyn",
        'the values `b"a"` and `1u`, the functions `type()`, `dyn()`, `bytes()`, `uint()`',
        "an error",
        "every expression has one static type, and facts have neither bytes nor unsigned ints",
    ),
    Difference(
        "mixed lists",
        '`[1, "a"]` is a list of anything',
        "an error; items share a type, null aside",
        "every expression has one static type",
    ),
    Difference(
        "records and maps",
        "`==` compares them",
        "an error",
        "members may be unknown one by one",
    ),
    Difference(
        "names",
        "`.x` is the outermost `x`, and a quantifier may hide a name",
        "names that begin with a dot, and a quantifier's name inside one of the same name, are errors",
        "a reader never asks which `x` is meant",
    ),
    Difference(
        "patterns",
        "`matches` takes any text, and a bad pattern is an error when it is met",
        "the pattern is a constant, checked at load; the syntax is RE2 in both",
        "a bad pattern is found before a customer is",
    ),
    Difference(
        "precision of time",
        "nanoseconds",
        "microseconds; finer digits are cut",
        "it is what databases and JSON carry",
    ),
    Difference(
        "long durations",
        "sums of durations, and differences of timestamps, end at 292 years",
        "they end at 292,000 years",
        "ages and contract ends do not overflow",
    ),
    Difference(
        "durations as text",
        '`duration("P7D")` is an error',
        "ISO 8601 is read too, without years and months",
        "it is how JSON Schema writes durations",
    ),
    Difference(
        "timestamps as text",
        "RFC 3339 with an offset; a leap second is the next minute",
        "without an offset it is in the pack's timezone; a space may stand for `T`; a leap second fails",
        "most systems of record write times so",
    ),
    Difference(
        "clocks",
        "`t.getHours()` reads a clock in UTC; a zone may be an offset, and any text",
        "it reads the pack's clock; a zone is a constant name such as `Europe/Paris`",
        "a business day begins where the business is",
    ),
    Difference(
        "more operations on durations",
        "`-d` and `d * 2` are errors",
        "they are durations",
        "so are half a month's notice and a doubled one",
    ),
    Difference(
        "money and dates",
        "not there",
        "`money` is exact in minor units and rounds once, half-even; `date` is a day without a time",
        "policies are about money and days",
    ),
    Difference(
        "more functions",
        "extensions such as `math.greatest`, `replace` or `split`",
        "`min max sum top bottom abs round_to floor ceil find count days hours add_months days_between ...`",
        "a short closed set that every backend computes alike",
    ),
    Difference(
        "limits",
        "the host's",
        "4,000 characters and 64 levels an expression",
        "loading is fast and never runs out of stack, whatever the file",
    ),
)
