"""The starter pack of `leeway new`, copied for one test, and run from the command line."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from api.cli import main

os.environ["LEEWAY_CACHE"] = "off"

STARTER = Path(__file__).parent.parent / "api" / "starter"
LATE = {
    "now": "2026-03-05T10:00:00",
    "agent": {"role": "agent"},
    "history": [],
    "facts": {
        "customer": {"id": "C-1", "membership": "regular"},
        "order": {"total": "80.00", "promised": "2026-03-01", "delivered": "2026-03-04"},
    },
    "ask": {"action": "voucher"},
}
"""A request that is granted a voucher of 16.00."""


def starter(folder: Path, **changes: tuple[str, str]) -> Path:
    """Return a copy of the starter pack with texts replaced, each by the stem of its file (`scenarios` included)."""
    pack = Path(shutil.copytree(STARTER, folder / "starter"))
    for stem, (old, new) in changes.items():
        path = pack / ("scenarios/vouchers.yaml" if stem == "scenarios" else f"{stem}.yaml")
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return pack


def cases(folder: Path, text: str) -> Path:
    """Return a copy of the starter pack with these scenarios alone, from the first `- name:` on."""
    pack = starter(folder)
    indented = re.sub(r"^(?=.)", "  ", text, flags=re.MULTILINE)
    (pack / "scenarios" / "vouchers.yaml").write_text(f"scenarios:\n{indented}", encoding="utf-8")
    return pack


def leeway(*args: str | Path, stdin: str | bytes = b"") -> Result:
    """Return what a command gives."""
    return CliRunner().invoke(main, [str(arg) for arg in args], input=stdin, catch_exceptions=False)


def answers(result: Result) -> list[Any]:
    """Return what each line of standard output holds."""
    return [json.loads(line) for line in result.stdout.splitlines() if line]


def request(**changes: Any) -> str:
    """Return a request as a line of JSON, with some of its members changed; None leaves one out."""
    merged = {**LATE, **changes}
    return json.dumps({name: value for name, value in merged.items() if value is not None}) + "\n"
