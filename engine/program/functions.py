"""The closed set of functions that a `Call` may name, each with its meaning.

Types in signatures: a `Kind` name, `list<T>`, `map<T>`, `T` (any one type), `ordered` (number-like, money, text, date,
timestamp, duration). `zone` and `calendar` are constant texts that the type checker adds, never written by authors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Function:
    """One function: `signature` as authors write it, `takes` the operands of the `Call`, `gives`, and what it means."""

    name: str
    signature: str
    takes: tuple[str, ...]
    gives: str
    meaning: str
    example: str = ""


FUNCTIONS: Final[tuple[Function, ...]] = (
    Function(
        "size_text",
        "size(text), text.size()",
        ("text",),
        "int",
        "The number of characters (code points).",
        "size(order.note) <= 200",
    ),
    Function(
        "size_list",
        "size(list), list.size()",
        ("list<T>",),
        "int",
        "The number of items.",
        "size(order.items)",
    ),
    Function(
        "size_map",
        "size(map), map.size()",
        ("map<T>",),
        "int",
        "The number of keys.",
        "size(customer.payment_methods)",
    ),
    Function(
        "contains",
        "text.contains(part)",
        ("text", "text"),
        "bool",
        "Whether the part occurs in the text.",
        'plan.name.contains("family")',
    ),
    Function(
        "starts_with",
        "text.startsWith(prefix)",
        ("text", "text"),
        "bool",
        "Whether the text begins with the prefix.",
        'order.id.startsWith("EU-")',
    ),
    Function(
        "ends_with",
        "text.endsWith(suffix)",
        ("text", "text"),
        "bool",
        "Whether the text ends with the suffix.",
        'customer.email.endsWith(".org")',
    ),
    Function(
        "matches",
        "text.matches(pattern)",
        ("text", "text"),
        "bool",
        "Whether the RE2 pattern, a constant, is found in the text.",
        'order.id.matches("^[A-Z]{2}[0-9]+$")',
    ),
    Function(
        "lower_ascii",
        "text.lowerAscii()",
        ("text",),
        "text",
        "The text with A-Z made lower case.",
        'ask.reason.lowerAscii() == "moved"',
    ),
    Function(
        "upper_ascii",
        "text.upperAscii()",
        ("text",),
        "text",
        "The text with a-z made upper case.",
        "country.upperAscii()",
    ),
    Function(
        "trim",
        "text.trim()",
        ("text",),
        "text",
        "The text without white space at both ends.",
        "order.note.trim()",
    ),
    Function("text_of_int", "string(int)", ("int",), "text", "The decimal digits.", "string(order.count)"),
    Function(
        "int_of_text",
        "int(text)",
        ("text",),
        "int",
        "The decimal integer that the whole text writes; anything else fails.",
        'int("42")',
    ),
    Function(
        "int_of_number",
        "int(number)",
        ("number",),
        "int",
        "The number without its fraction; outside 64 bits fails.",
        "int(usage.share * 100)",
    ),
    Function(
        "number_of_int",
        "double(int)",
        ("int",),
        "number",
        "The same value as a number.",
        "double(order.count)",
    ),
    Function(
        "number_of_text",
        "double(text)",
        ("text",),
        "number",
        "The finite number that the whole text writes; anything else fails.",
        'double("1.5")',
    ),
    Function(
        "money_of_number",
        "(a number where money is expected)",
        ("number", "int"),
        "money",
        "Whole currency units as money, half-even; the second operand is 10 to the currency's decimals.",
        "up_to: 10",
    ),
    Function(
        "money_of_int",
        "(an int where money is expected)",
        ("int", "int"),
        "money",
        "The number of whole currency units as money.",
        "up_to: 10",
    ),
    Function(
        "number_of_money",
        "double(money)",
        ("money", "int"),
        "number",
        "The amount in whole currency units; the second operand is 10 to the currency's decimals.",
        "double(bill.amount)",
    ),
    Function("min", "min(a, b, ...)", ("ordered",), "ordered", "The smallest operand.", "min(10, order.total)"),
    Function("max", "max(a, b, ...)", ("ordered",), "ordered", "The largest operand.", "max(fee, 5)"),
    Function(
        "min_list",
        "min(list)",
        ("list<ordered>",),
        "ordered",
        "The smallest item; of an empty list: failed.",
        "min(order.items.map(i, i.price))",
    ),
    Function(
        "max_list",
        "max(list)",
        ("list<ordered>",),
        "ordered",
        "The largest item; of an empty list: failed.",
        "max(order.items.map(i, i.price))",
    ),
    Function(
        "sum_list",
        "sum(list)",
        ("list<ordered>",),
        "ordered",
        "The items added up (int, number, money or duration), in order; empty is 0.",
        "sum(order.items.map(i, i.price))",
    ),
    Function(
        "top",
        "top(list, k)",
        ("list<ordered>", "int"),
        "list<ordered>",
        "The k largest items, largest first; all when fewer; k below 0 fails.",
        "sum(top(order.items.map(i, i.price), 3))",
    ),
    Function(
        "bottom",
        "bottom(list, k)",
        ("list<ordered>", "int"),
        "list<ordered>",
        "The k smallest items, smallest first; all when fewer; k below 0 fails.",
        "bottom(prices, 2)",
    ),
    Function(
        "abs",
        "abs(x)",
        ("ordered",),
        "ordered",
        "The value without its sign (int, number, money, duration).",
        "abs(bill.change)",
    ),
    Function(
        "round_to",
        "round_to(money, unit)",
        ("money", "money"),
        "money",
        "The nearest multiple of the unit, half-even; a unit of 0 or less fails.",
        "round_to(bill.total * 0.1, 5)",
    ),
    Function("floor", "floor(number)", ("number",), "int", "The largest int not above it.", "floor(usage.hours)"),
    Function("ceil", "ceil(number)", ("number",), "int", "The smallest int not below it.", "ceil(usage.hours)"),
    Function("days", "days(n)", ("int",), "duration", "n times 24 hours.", "now - order.placed <= days(30)"),
    Function("hours", "hours(n)", ("int",), "duration", "n hours.", "hours(24)"),
    Function("minutes", "minutes(n)", ("int",), "duration", "n minutes.", "minutes(90)"),
    Function(
        "date_of",
        "date(timestamp)",
        ("timestamp", "zone"),
        "date",
        "The day of that moment in the pack's timezone.",
        "date(now)",
    ),
    Function(
        "date_of_text",
        'date("2026-03-01")',
        ("text",),
        "date",
        "The day the text writes (ISO 8601).",
        'date("2026-03-01")',
    ),
    Function(
        "at",
        'at(date, "15:00")',
        ("date", "text", "zone"),
        "timestamp",
        "That time of that day in the pack's timezone; of a time that a clock change doubles, the first; of one it "
        "skips, the moment of the change.",
        'at(date(now), "15:00")',
    ),
    Function(
        "add_months",
        "add_months(t, n)",
        ("date", "int"),
        "date",
        "The same day n months on, or that month's last day.",
        "add_months(contract.start, 24)",
    ),
    Function(
        "add_months_time",
        "add_months(t, n)",
        ("timestamp", "int", "zone"),
        "timestamp",
        "The same time of day n months on, in the pack's timezone, or that month's last day.",
        "add_months(now, 12)",
    ),
    Function(
        "days_between",
        "days_between(a, b)",
        ("date", "date"),
        "int",
        "The days from a to b (negative when b is earlier); a timestamp counts as its day.",
        "days_between(order.placed, order.delivered)",
    ),
    Function(
        "months_between",
        "months_between(a, b)",
        ("date", "date"),
        "int",
        "The whole months from a to b, towards zero; a timestamp counts as its day.",
        "months_between(contract.start, now)",
    ),
    Function(
        "business_days_between",
        "business_days_between(a, b)",
        ("date", "date", "calendar"),
        "int",
        "The business days after a, up to and including b (negative when b is earlier), by the pack's calendar.",
        "business_days_between(order.placed, now) > 5",
    ),
    Function(
        "add_business_days",
        "business_days(n)",
        ("date", "int", "calendar"),
        "date",
        "The day n business days after, by the pack's calendar; the first business day on or after it when n is 0.",
        "business_days(2)",
    ),
    Function(
        "timestamp_of_text",
        'timestamp("...")',
        ("text", "zone"),
        "timestamp",
        "The moment the RFC 3339 text writes; without an offset, in the pack's timezone.",
        'timestamp("2026-03-01T09:00:00Z")',
    ),
    Function(
        "duration_of_text",
        'duration("...")',
        ("text",),
        "duration",
        'The span the text writes: CEL ("1h30m") or ISO 8601 ("P7D", "PT36H"; no years or months).',
        'duration("36h")',
    ),
    Function(
        "part",
        "t.getFullYear(), t.getMonth(), ...",
        ("timestamp", "text", "zone"),
        "int",
        "A part of the moment on the zone's clock: getFullYear, getMonth (from 0), getDate, getDayOfMonth (from 0), "
        "getDayOfWeek (Sunday is 0), getDayOfYear (from 0), getHours, getMinutes, getSeconds, getMilliseconds.",
        "now.getHours() < 18",
    ),
    Function(
        "duration_part",
        "d.getHours(), ...",
        ("duration", "text"),
        "int",
        "The whole span in hours (getHours), minutes (getMinutes) or seconds (getSeconds); getMilliseconds: its rest.",
        "(now - order.placed).getHours()",
    ),
    Function(
        "keys",
        "keys(map)",
        ("map<T>",),
        "list<text>",
        "The keys of the map in code-point order.",
        "keys(customer.payment_methods)",
    ),
)
"""Authors' other names: `days_since(d)` is `days_between(d, now)`; a quantifier over a map goes over its `keys`."""

BY_NAME: Final = {function.name: function for function in FUNCTIONS}
