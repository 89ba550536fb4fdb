"""Facts left out or spoilt in requests over HTTP: a tenth of what `make reliability` tries."""

from __future__ import annotations

import os
import random
from pathlib import Path

from reliability_missing import missing

TRIED = 540


def test_a_fact_that_is_left_out_or_spoilt_never_permits_more(tmp_path: Path) -> None:
    found = missing(TRIED, tmp_path, 0 if "CI" in os.environ else random.randrange(10**9))
    assert found.wrong == []
    assert sum(found.tried.values()) == TRIED
    assert min(found.tried.values()) > TRIED // 8
    assert min(found.verdicts[word] for word in ("approve", "decline", "ask")) > TRIED // 40
    assert len(found.rules) > 60
