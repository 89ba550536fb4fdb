"""Overlaps and holes of decision tables, against every combination looked at one by one."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.checks.table_cover import Row, hole, overlaps


@st.composite
def grids(draw: st.DrawFn) -> tuple[list[Row], list[int]]:
    widths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    rows = st.tuples(*(st.integers(1, 2**width - 1) for width in widths))
    return draw(st.lists(rows, max_size=10)), widths


def holds(row: Row, at: tuple[int, ...]) -> bool:
    return all(mask >> place & 1 for mask, place in zip(row, at, strict=True))


@pytest.mark.property
@given(grids())
def test_the_first_row_that_a_row_overlaps_is_found_with_a_combination_in_both(
    grid: tuple[list[Row], list[int]],
) -> None:
    rows, widths = grid
    cells = list(product(*map(range, widths)))
    shared = [
        next((a for a in range(b) if any(holds(rows[a], at) and holds(rows[b], at) for at in cells)), None)
        for b in range(len(rows))
    ]
    found = {later: (earlier, at) for earlier, later, at in overlaps(rows)}
    assert {later: earlier for later, earlier in enumerate(shared) if earlier is not None} == {
        later: earlier for later, (earlier, _) in found.items()
    }
    assert all(holds(rows[later], at) and holds(rows[earlier], at) for later, (earlier, at) in found.items())


@pytest.mark.property
@given(grids())
def test_a_hole_is_found_where_there_is_one_and_is_in_no_row(grid: tuple[list[Row], list[int]]) -> None:
    rows, widths = grid
    empty = [at for at in product(*map(range, widths)) if not any(holds(row, at) for row in rows)]
    disjoint = not list(overlaps(rows))
    at = hole(rows, widths, disjoint)
    assert at in empty if empty else at is None


def partition(parts: int, size: int, seed: int) -> list[Row]:
    """Return boxes that share a grid of four columns out, as masks."""
    draw = random.Random(seed)
    boxes = [((0, size),) * 4]
    while len(boxes) < parts:
        box = boxes.pop(draw.randrange(len(boxes)))
        column = draw.randrange(4)
        low, high = box[column]
        if high - low < 2:
            boxes.append(box)
            continue
        cut = draw.randrange(low + 1, high)
        boxes += [(*box[:column], end, *box[column + 1 :]) for end in ((low, cut), (cut, high))]
    return [tuple((1 << high) - (1 << low) for low, high in box) for box in boxes]


def test_two_hundred_rows_of_four_columns_that_share_a_grid_out_leave_nothing() -> None:
    rows = partition(200, 400, seed=1)
    assert list(overlaps(rows)) == []
    assert hole(rows, [400] * 4, disjoint=True) is None


@pytest.mark.parametrize("missing", [0, 57, 199])
def test_the_one_row_that_is_missing_of_two_hundred_is_found(missing: int) -> None:
    rows = partition(200, 400, seed=2)
    gone = rows.pop(missing)
    at = hole(rows, [400] * 4, disjoint=True)
    assert at is not None
    assert holds(gone, at)
