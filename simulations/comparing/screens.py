"""Looking at many segments at once without taking chance for a finding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulations.comparing.bootstrap import Floats


def p_values(drawn: Floats) -> Floats:
    """Return how likely it is that chance alone makes such differences, two-sided, from their resamples."""
    resamples = drawn.shape[0]
    fewer = np.minimum((drawn <= 0).sum(axis=0), (drawn >= 0).sum(axis=0))
    chances: Floats = np.minimum(2 * (fewer + 1) / (resamples + 1), 1.0)
    return chances


def standing_out(p_values: Sequence[float | None], rate: float) -> tuple[bool, ...]:
    """Return which findings stand where at most `rate` of them may be false, after Benjamini and Hochberg (1995).

    None is a segment without enough data: not looked at, and no finding.
    """
    looked_at = sorted(one for one in p_values if one is not None)
    count = len(looked_at)
    passing = [one for rank, one in enumerate(looked_at, 1) if one <= rate * rank / count]
    limit = max(passing, default=-1.0)
    return tuple(one is not None and one <= limit for one in p_values)
