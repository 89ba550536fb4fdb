"""Random well-typed expressions of plain CEL, and facts for them to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cel_oracle import EPOCH, MICROSECOND, TYPES
from hypothesis import strategies as st

LARGE: Final = (2**63 - 1, -(2**63), 2**62, -(2**31), 3_037_000_500, -1)
NUMBERS: Final = (0.0, -0.0, 0.1, 0.25, 1e6, 2.0**53, -7.75, 3.5)
WORDS: Final = ("", "a", "abc", "ABC", "Zoë", "é", "12", "-7", "x1", " a\u00a0", "a\nb", "😀", 'q"\\')
"""Google's Python binding cuts texts at NUL, so there is none here."""
HOUR: Final = 3_600_000_000

INTS = st.integers(-3, 9) | st.integers(-3, 9) | st.sampled_from(LARGE)
DOUBLES = st.sampled_from(NUMBERS)
TEXTS = st.sampled_from(WORDS)
MOMENTS = st.integers(-(2 * 10**15), 4 * 10**15)
SPANS = st.integers(-(10**13), 10**13)
"""From 1906 to 2096, and to 115 days: Google's spans end at 292 years, and its binding rounds far moments."""
ROWS = st.fixed_dictionaries({"k": TEXTS}, optional={"q": INTS, "d": DOUBLES})
KNOWN = st.fixed_dictionaries(
    {
        **dict.fromkeys(("i", "j"), INTS),
        **dict.fromkeys(("d", "e"), DOUBLES),
        **dict.fromkeys(("s", "z"), TEXTS),
        **dict.fromkeys(("b", "c"), st.booleans()),
        **dict.fromkeys(("t", "v"), MOMENTS),
        **dict.fromkeys(("u", "w"), SPANS),
        "li": st.lists(INTS, max_size=3),
        "ld": st.lists(DOUBLES, max_size=3),
        "ls": st.lists(TEXTS, max_size=3),
        "rows": st.lists(ROWS, max_size=2),
        "m": st.fixed_dictionaries({"a": INTS}, optional={"abc": INTS, "key": INTS}),
        "r": st.fixed_dictionaries({"x": INTS, "n": st.none() | INTS}, optional={"s": TEXTS, "b": st.booleans()}),
    }
)
FACTS: Final = st.builds(
    lambda known, absent: {name: value for name, value in known.items() if name not in absent},
    KNOWN,
    st.sets(st.sampled_from(sorted(TYPES)), max_size=3),
)
"""Facts as ints, texts and the like; moments and spans in microseconds; some may be absent."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """An expression as we write it and as Google reads it; they differ only where DIFFERENCES says so."""

    ours: str
    google: str


def put(template: str, *parts: Spelled) -> Spelled:
    """The template with each `{}` filled."""
    return Spelled(template.format(*(one.ours for one in parts)), template.format(*(one.google for one in parts)))


def plain(text: str) -> Spelled:
    """What both write alike."""
    return Spelled(text, text)


def quoted(text: str) -> str:
    """The text as a literal."""
    return '"' + "".join(one if one.isalnum() and one.isascii() else f"\\U{ord(one):08x}" for one in text) + '"'


def moment_text(at: int) -> str:
    """The moment as RFC 3339 writes it."""
    return f'timestamp("{(EPOCH + at * MICROSECOND).strftime("%4Y-%m-%dT%H:%M:%S.%f")}Z")'


def span_text(span: int) -> str:
    """The span as CEL writes it."""
    return f'duration("{"-" if span < 0 else ""}{abs(span) // 10**6}.{abs(span) % 10**6:06}s")'


ZONES: Final = ("", '"UTC"', '"America/New_York"', '"Europe/Berlin"', '"Asia/Kolkata"', '"Pacific/Apia"')
DAY_PARTS: Final = ("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear")
TIME_PARTS: Final = ("getHours", "getMinutes", "getSeconds", "getMilliseconds")
PATTERNS: Final = ("^a", "[a-c]+$", "\\d+", "(?i)ABC", "^$", ".*b.*", "^\\pL+$", "a{2,3}|x1", "\\s")
NUMERALS: Final = (
    "12",
    "-7",
    "007",
    "x",
    "",
    "1.5",
    "9223372036854775808",
    "-9223372036854775808",
    "1e3",
    "--1",
)
LISTS: Final = {"int": "li", "double": "ld", "string": "ls"}
PLAIN_KINDS: Final = ("bool", "int", "double", "string", "timestamp", "duration")
NAMES: Final = {
    "bool": ("b", "c", "r.b"),
    "int": ("i", "j", "r.x", "m.a", 'm["key"]'),
    "double": ("d", "e"),
    "string": ("s", "z", "r.s"),
    "timestamp": ("t", "v"),
    "duration": ("u", "w"),
}


class Writer:
    """Draws well-typed expressions; `local` holds the names of quantifiers around, by kind."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.local: dict[str, list[str]] = {}
        self.deep = 0
        self.closed: list[Spelled] = []

    def choose(self, options: Sequence[Any]) -> Any:
        return options[self.draw(st.integers(0, len(options) - 1))]

    def make(self, kind: str, depth: int) -> Spelled:
        """An expression of the kind, at most so deep; kept in `closed` where it stands by itself."""
        made = self.grown(kind, depth)
        if not self.deep:
            self.closed.append(made)
        return made

    def grown(self, kind: str, depth: int) -> Spelled:
        if depth <= 0 or self.draw(st.integers(0, 5)) == 0:
            return self.leaf(kind)
        if kind.startswith("list_"):
            return self.listing(kind.removeprefix("list_"), depth - 1)
        if self.draw(st.integers(0, 9)) == 0:
            return self.ternary(kind, depth - 1)
        return getattr(self, f"make_{kind}")(depth - 1)  # type: ignore[no-any-return]

    def leaf(self, kind: str) -> Spelled:
        if kind.startswith("list_"):
            of = kind.removeprefix("list_")
            return plain(LISTS[of]) if of in LISTS else plain("[]")
        names = (*NAMES[kind], *self.local.get(kind, ()), *self.local.get(kind, ()))
        if self.draw(st.booleans()):
            return plain(self.choose(names))
        return plain(self.literal(kind))

    def literal(self, kind: str) -> str:
        match kind:
            case "bool":
                return "true" if self.draw(st.booleans()) else "false"
            case "int":
                return str(self.draw(INTS))
            case "double":
                return repr(self.choose(NUMBERS))
            case "string":
                return quoted(self.choose(WORDS))
            case "timestamp":
                return moment_text(self.draw(MOMENTS))
            case _:
                return span_text(self.draw(SPANS))

    def ternary(self, kind: str, depth: int) -> Spelled:
        parts = self.make("bool", depth), self.make(kind, depth), self.make(kind, depth)
        return put("({} ? {} : {})", *parts)

    def pair(self, template: str, kind: str, depth: int) -> Spelled:
        return put(template, self.make(kind, depth), self.make(kind, depth))

    def make_bool(self, depth: int) -> Spelled:
        match self.draw(st.integers(0, 11)):
            case 0 | 1 | 2:
                order = self.choose(("==", "!=", "<", "<=", ">", ">="))
                return self.pair(f"({{}} {order} {{}})", self.choose(PLAIN_KINDS), depth)
            case 3 | 4:
                sign = self.choose(("&&", "||"))
                parts = [self.make("bool", depth) for _ in range(self.draw(st.integers(2, 3)))]
                return put(f"({f' {sign} '.join(['{}'] * len(parts))})", *parts)
            case 5:
                return put("!{}", self.make("bool", depth))
            case 6:
                kind = self.choose(tuple(LISTS))
                return put("({} in {})", self.make(kind, depth), self.make(f"list_{kind}", depth))
            case 7:
                return self.pair(f"({{}} {self.choose(('==', '!='))} {{}})", f"list_{self.choose(tuple(LISTS))}", depth)
            case 8 | 9:
                return self.quantified(depth)
            case 10:
                return self.of_text(depth)
            case _:
                return self.of_null_and_keys(depth)

    def of_text(self, depth: int) -> Spelled:
        method = self.choose(("contains", "startsWith", "endsWith", "matches"))
        if method == "matches":
            return put(f"{{}}.matches({quoted(self.choose(PATTERNS))})", self.make("string", depth))
        return self.pair(f"{{}}.{method}({{}})", "string", depth)

    def of_null_and_keys(self, depth: int) -> Spelled:
        match self.draw(st.integers(0, 5)):
            case 0:
                return plain(self.choose(("(r.n == null)", "(r.n != null)", "(null == r.n)", "has(r.x)")))
            case 1:
                return put(f"(r.n {self.choose(('==', '!=', '<', '>='))} {{}})", self.make("int", depth))
            case 2:
                return put("(r.n in {})", self.make("list_int", depth))
            case 3:
                return put("({} in m)", self.make("string", depth))
            case 4:
                return plain(f'm.{self.choose(("exists", "all"))}(k, k == "a" || m[k] > 1)')
            case _:
                return plain('m.exists_one(k, k < "b")')

    def bound(self, kind: str, make: Callable[[], Spelled]) -> tuple[str, Spelled]:
        """The name that a quantifier binds to an item of the kind, and what is made in its reach."""
        name, self.deep = f"x{self.deep}", self.deep + 1
        reach = {"string": f"{name}.k", "int": f"{name}.q", "double": f"{name}.d"} if kind == "row" else {kind: name}
        for of, path in reach.items():
            self.local.setdefault(of, []).append(path)
        made = make()
        for of in reach:
            self.local[of].pop()
        self.deep -= 1
        return name, made

    def over(self, depth: int) -> tuple[str, Spelled]:
        """A kind of item, and a list of such."""
        kind = self.choose((*LISTS, "row"))
        return kind, plain("rows") if kind == "row" else self.make(f"list_{kind}", depth)

    def quantified(self, depth: int) -> Spelled:
        macro = self.choose(("all", "exists", "all", "exists", "exists_one"))
        kind, over = self.over(depth)
        if macro == "exists_one":
            kind = "string" if kind == "row" else kind
            over = plain(LISTS[kind])
            name, body = self.bound(kind, lambda: self.safe(kind))
        else:
            name, body = self.bound(kind, lambda: self.make("bool", depth))
        return put(f"{{}}.{macro}({name}, {{}})", over, body)

    def safe(self, kind: str) -> Spelled:
        """A condition on the innermost item that cannot fail: see DIFFERENCES on `exists_one`."""
        sign = self.choose(("==", "!=", "<", ">="))
        return plain(f"{self.local[kind][-1]} {sign} {self.literal(kind)}")

    def make_int(self, depth: int) -> Spelled:
        match self.draw(st.integers(0, 9)):
            case 0 | 1 | 2:
                return self.pair(f"({{}} {self.choose('+-*')} {{}})", "int", depth)
            case 3:
                left, right = self.make("int", depth), self.make("int", depth)
                zero = f"{left.google} - {left.google}"
                rest = f"({right.google} == -1 ? {zero} : {left.google} % {right.google})"
                return Spelled(f"({left.ours} % {right.ours})", rest)
            case 4:
                return put("-({})", self.make("int", depth))
            case 5:
                return put(
                    self.choose(("size({})", "{}.size()")),
                    self.make(self.choose(("string", "list_int")), depth),
                )
            case 6:
                return put("{}[{}]", self.make("list_int", depth), self.index(depth))
            case 7:
                of = self.make("double", depth)
                return Spelled(f"int({of.ours})", f"({of.google} == {-(2.0**63)} ? {-(2**63)} : int({of.google}))")
            case 8:
                return self.clock(depth)
            case _:
                return plain(
                    self.choose((f"int({quoted(self.choose(NUMERALS))})", "m[s]", "size(m)", "r.n", "rows[i].q"))
                )

    def index(self, depth: int) -> Spelled:
        return plain("0") if self.draw(st.booleans()) else self.make("int", depth)

    def clock(self, depth: int) -> Spelled:
        """A part of a moment or span."""
        if self.draw(st.integers(0, 3)) == 0:
            return put(f"{{}}.{self.choose(TIME_PARTS)}()", self.make("duration", depth))
        zone = self.choose(ZONES)
        return put(f"{{}}.{self.choose((*DAY_PARTS, *TIME_PARTS))}({zone})", self.make("timestamp", depth))

    def make_double(self, depth: int) -> Spelled:
        match self.draw(st.integers(0, 6)):
            case 0 | 1 | 2:
                return self.pair(f"({{}} {self.choose('+-*')} {{}})", "double", depth)
            case 3:
                left, right = self.make("double", depth), self.make("double", depth)
                quotient = f"{left.google} / {right.google}"
                return Spelled(f"({left.ours} / {right.ours})", f'({right.google} == 0.0 ? double("") : {quotient})')
            case 4:
                return put("double({})", self.make("int", depth))
            case 5:
                return plain(f"double({quoted(self.choose(NUMERALS))})")
            case _:
                return put("-({})", self.make("double", depth))

    def make_string(self, depth: int) -> Spelled:
        match self.draw(st.integers(0, 4)):
            case 0 | 1:
                return self.pair("({} + {})", "string", depth)
            case 2:
                return put("{}[{}]", self.make("list_string", depth), self.index(depth))
            case 3:
                return put("string({})", self.make("int", depth))
            case _:
                method = self.choose(("lowerAscii", "upperAscii", "trim"))
                return put(f"{{}}.{method}()", self.make("string", depth))

    def make_timestamp(self, depth: int) -> Spelled:
        template = self.choose(("({0} + {1})", "({0} - {1})", "({1} + {0})"))
        return put(template, self.make("timestamp", depth), self.make("duration", depth))

    def make_duration(self, depth: int) -> Spelled:
        if self.draw(st.booleans()):
            return self.pair("({} - {})", "timestamp", depth)
        return self.pair(f"({{}} {self.choose('+-')} {{}})", "duration", depth)

    def listing(self, kind: str, depth: int) -> Spelled:
        match self.draw(st.integers(0, 4)):
            case 0 | 1:
                parts = [self.make(kind, depth) for _ in range(self.draw(st.integers(1, 3)))]
                return put(f"[{', '.join(['{}'] * len(parts))}]", *parts)
            case 2:
                return self.pair("({} + {})", f"list_{kind}", depth)
            case 3:
                over = self.make(f"list_{kind}", depth)
                name, body = self.bound(kind, lambda: self.make("bool", depth))
                return put(f"{{}}.filter({name}, {{}})", over, body)
            case _:
                of, over = self.over(depth)
                name, body = self.bound(of, lambda: self.make(kind, depth))
                return put(f"{{}}.map({name}, {{}})", over, body)


@st.composite
def expressions(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[Spelled, ...]:
    """A well-typed expression of any kind, after all its parts that stand by themselves, each once."""
    writer = Writer(draw)
    writer.make(
        writer.choose((*PLAIN_KINDS, "bool", "bool", "list_int", "list_double", "list_string")),
        draw(st.integers(1, 5)),
    )
    return tuple(dict.fromkeys(one for one in writer.closed if len(one.ours) < 3_500))
