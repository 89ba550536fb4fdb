"""The quick look at JSON refuses what the careful one refuses, in the same words."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.problems import RequestError
from engine.request_json import _plain, check_json, checked_json
from schemas.decision import Problem

GOOD = [
    r"a",
    r"\u0061",
    "b",
    "",
    " ",
    ":",
    " :",
    r"\"",
    r"\u0022",
    r"\\",
    r"\u005c",
    r"a\\",
    r"\n",
    r"\/",
    "{",
    "]",
    "é",
]
UNUSUAL = [r"\u00e9", r"\ud83d\ude00", "null", r"\null", "😀", "\x7f", "\ufeff", r"\ud800", r"\x", "\t", "NaN"]
FINE = ["0", "-0", "1", "1.5", "1e5", "1E-400", "0e999999999", "9" * 20, "1" * 308, "18446744073709551616"]
WRONG = ["01", "+1", "1.", ".5", "1e400", "-1e400", "0x1", "NaN", "-Infinity", "9" * 310, "9" * 5000, "2" * 400 + ".5"]
BLANK = st.sampled_from(["", "", " ", "\n\t"])
WRITTEN = st.lists(st.sampled_from(GOOD) | st.sampled_from(UNUSUAL), max_size=2).map(
    lambda parts: f'"{"".join(parts)}"'
)
WORD = st.sampled_from(["true", "false", "null"]) | st.sampled_from(["nul", "'a'", "1.7976931348623159e308"])
PLAIN = st.one_of(WRITTEN, st.sampled_from(FINE), st.sampled_from(FINE), st.sampled_from(WRONG), WORD)
KEY = st.sampled_from(['"a"', '"b"', '"c"', '"d"', r'"\u0061"', r'"\""', r'"\\"']) | WRITTEN


def within(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return texts of lists and objects of others."""
    pairs = st.lists(st.tuples(KEY, BLANK, inner).map(lambda one: f"{one[0]}{one[1]}:{one[2]}"), max_size=4)
    return st.one_of(
        st.builds("[{}{}]".format, st.lists(inner, max_size=3).map(",".join), BLANK),
        st.builds("{{{}{}}}".format, pairs.map(", ".join), BLANK),
    )


DOCUMENT = st.recursive(PLAIN, within, max_leaves=10)
SLIP = st.sampled_from(["", "", "", "", "\x00", "]", '"', "\\", "x"])


def refused(look: Callable[[bytes], object], text: bytes) -> Problem | None:
    """Return why a text is refused; None where it is not."""
    try:
        look(text)
    except RequestError as problem:
        return problem.problem
    return None


@settings(max_examples=250, deadline=None)
@given(DOCUMENT, SLIP, st.integers(0, 40))
@example(r'{"a": 1, "\u0061": 2}', "", 0)
@example(r'{"a\\": 1, "a\\": 2}', "", 0)
@example(r'{"a\\": "\\\"", "a\u005c": 2}', "", 0)
@example('{"a": {"b": [{"c": 1, "c": 1}]}}', "", 0)
@example(r'{"a": "x", "\u0061": "\""}', "", 0)
@example("[" * 64 + "]" * 64, "", 0)
@example("[" * 65 + "]" * 65, "", 0)
def test_texts_are_refused_as_a_careful_look_refuses_them(document: str, slip: str, place: int) -> None:
    text = (document[:place] + slip + document[place:]).encode()
    assert refused(check_json, text) == refused(checked_json, text)


@pytest.mark.parametrize(
    "value",
    [
        {"a": {"a": {"a": [1, 2.5, None, True]}}, "b": "", "": []},
        {"name": 'Zoë "the" 😀', "lines": "one\ntwo", "path": "a/b", "colon": '": "'},
        [10**17, 0.1, -1, "null"],
    ],
)
def test_ordinary_texts_need_the_quick_look_alone(value: object) -> None:
    for ascii_alone in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_alone, indent=2).encode()
        assert _plain(text)
        assert checked_json(text) == value
