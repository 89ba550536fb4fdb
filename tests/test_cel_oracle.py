"""On plain CEL, our evaluation gives what Google's runtime gives; where Google fails, ours is unknown."""

from __future__ import annotations

from typing import Any

import pytest
from cel_expressions import DAY_PARTS, FACTS, TIME_PARTS, ZONES, Spelled, expressions, moment_text
from cel_oracle import environment, googles, ours, outcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.language.cel.parse import ExpressionError, parse


@pytest.mark.property
@settings(max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions(), FACTS)
def test_our_values_are_googles_and_its_errors_are_unknown(parts: tuple[Spelled, ...], facts: dict[str, Any]) -> None:
    for spelled in parts:
        mine, theirs = ours(spelled.ours, facts), googles(spelled.google, facts)
        assert (type(mine), mine) == (type(theirs), theirs), spelled.ours


@pytest.mark.property
@settings(max_examples=500, deadline=None)
@given(
    st.integers(-62_000_000_000_000_000, 253_000_000_000_000_000),
    st.sampled_from((*DAY_PARTS, *TIME_PARTS)),
    st.sampled_from(ZONES),
)
def test_clocks_read_as_googles_in_any_year(at: int, part: str, zone: str) -> None:
    text = f"{moment_text(at)}.{part}({zone})"
    assert ours(text, {}) == googles(text, {})


LITERAL = st.lists(
    st.sampled_from([*"abé'\"\\ \n0 7xu", "\\n", "\\x41", "\\u00e9", "\\U0001F600", "\\101", '"""', "'''"]),
    max_size=6,
).map("".join)


@pytest.mark.property
@settings(max_examples=2_000, deadline=None)
@given(st.sampled_from(["", "r", "R"]), st.sampled_from(['"', "'", '"""', "'''"]), LITERAL)
def test_a_quoted_text_reads_as_googles(prefix: str, quote: str, body: str) -> None:
    text = f"{prefix}{quote}{body}{quote}"
    if prefix and body.endswith("\\"):
        return  # see DIFFERENCES on raw texts
    assert outcome(ours, text, {}) == outcome(googles, text, {})


OPERATORS = st.sampled_from(
    [
        "+",
        "-",
        "*",
        "%",
        "==",
        "<",
        "&&",
        "||",
        "?",
        ":",
        "!",
        "-",
        "(",
        ")",
        "[",
        "]",
        ",",
        ".size()",
        " in ",
    ]
)


@pytest.mark.property
@settings(max_examples=800, deadline=None)
@given(st.lists(st.sampled_from(["i", "b", "li", "1", "true", "s"]) | OPERATORS, max_size=9).map("".join))
def test_google_reads_whatever_we_read(text: str) -> None:
    try:
        parse(text)
    except ExpressionError:
        return
    try:
        environment().compile(text, disable_check=True)
    except RuntimeError as error:
        pytest.fail(f"{text}: {error}")
