"""Write the files that are made from the code: JSON Schemas of what programs exchange, and the reference pages.

`python -m api.generate` writes them, `python -m api.generate --check` says which are stale.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from api import reference, reference_endpoints, reference_keys, reference_problems, reference_settings
from api.facts_schema import DIALECT
from api.openapi.document import document
from api.web.application import endpoints
from schemas.decision import Decision, Decisions, Offers, Problem
from schemas.request import DecisionRequest
from schemas.scorecard import Scorecard
from schemas.study import Study

ROOT: Final = Path(__file__).parent.parent
MODELS: Final[dict[str, type[BaseModel]]] = {
    "request": DecisionRequest,
    "decision": Decision,
    "decisions": Decisions,
    "offers": Offers,
    "problem": Problem,
    "study": Study,
    "scorecard": Scorecard,
}
PAGES: Final[dict[str, Callable[[], str]]] = {
    "keys.md": reference_keys.keys,
    "functions.md": reference.functions,
    "diagnostics.md": reference.diagnostics,
    "cel.md": reference.cel,
    "commands.md": reference.commands,
    "problems.md": reference_problems.problems,
    "endpoints.md": reference_endpoints.endpoints,
    "openapi.json": lambda: _json(document(endpoints())),
}


def files() -> Iterator[tuple[Path, str]]:
    """Yield every generated file with its content."""
    for name, model in MODELS.items():
        yield ROOT / "schemas" / f"{name}.schema.json", _schema(model)
    for name, page in PAGES.items():
        yield ROOT / "docs" / "reference" / name, page()
    yield ROOT / "docs" / "settings.md", reference_settings.settings()


def _schema(model: type[BaseModel]) -> str:
    schema: dict[str, Any] = model.model_json_schema(mode="serialization")
    return _json({"$schema": DIALECT, **schema})


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"


def stale() -> list[Path]:
    """Return the generated files that are missing or differ from what the code gives."""
    return [path for path, text in files() if not path.is_file() or path.read_text(encoding="utf-8") != text]


def main() -> int:
    """Write the files, or with `--check` only say which are stale."""
    found = stale()
    if "--check" in sys.argv[1:]:
        for path in found:
            sys.stderr.write(f"{path.relative_to(ROOT)}: stale; run `python -m api.generate`\n")
        return int(bool(found))
    for path, text in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
