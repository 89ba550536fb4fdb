"""The documentation: everything has its heading, examples are true, links lead somewhere, generated files are fresh."""

import ast
import json
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from api.cli import COMMANDS
from api.examples import ROOT, Block, Desk, Example, blocks, examples, pages
from api.generate import stale
from api.reference import MACROS, slug
from api.reference_keys import FILES
from api.settings import Settings
from engine.language.cel.differences import DIFFERENCES
from engine.language.codes import CODES
from engine.language.diagnostics import Diagnostics
from engine.language.reading.read import read_text
from engine.language.reading.shape import check_shape
from engine.language.reading.validator import schema
from engine.program.functions import FUNCTIONS
from engine.release import load_release
from schemas.decision import Decision, Problem
from schemas.request import DecisionRequest

REFERENCE = ROOT / "docs" / "reference"
MODELS: dict[str, type[BaseModel]] = {"request": DecisionRequest, "decision": Decision, "problem": Problem}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    """Return what a page is called in the names of tests."""
    return page.relative_to(ROOT).as_posix()


@cache
def headings(page: Path) -> list[str]:
    """Return the headings of a page, as written without their back-ticks."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [line.replace("`", "") for line in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)]


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return what links may lead to on a page."""
    return frozenset(map(slug, headings(page)))


def written_keys(part: object) -> Iterator[str]:
    """Yield every key that a schema has a place for."""
    if not isinstance(part, dict):
        return
    yield from part.get("properties", {})
    for entry in (*part.get("properties", {}).values(), *part.get("$defs", {}).values()):
        yield from written_keys(entry)
    for inner in ("items", "additionalProperties"):
        yield from written_keys(part.get(inner))


def fenced(language: str, word: str = "") -> list[Any]:
    """Return the blocks of a language on all pages, as parameters named by their place."""
    return [
        pytest.param(block, id=f"{name_of(page)}:{block.line}")
        for page in pages()
        for block in blocks(page.read_text(encoding="utf-8"))
        if block.language == language and (block.word(word) if word else not block.word("pack"))
    ]


def packs() -> list[Any]:
    """Return the whole packs that pages write file by file."""
    found: dict[tuple[Path, str], list[Block]] = {}
    for page in pages():
        for block in blocks(page.read_text(encoding="utf-8")):
            if name := block.word("pack"):
                found.setdefault((page, name), []).append(block)
    return [pytest.param(files, id=f"{name_of(page)}:{name}") for (page, name), files in found.items()]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_heading(command: str) -> None:
    assert f"leeway {command}" in headings(REFERENCE / "commands.md")


@pytest.mark.parametrize("signature", [*(one.signature for one in FUNCTIONS), *MACROS])
def test_every_function_has_its_heading(signature: str) -> None:
    assert signature in headings(REFERENCE / "functions.md")


@pytest.mark.parametrize("code", CODES)
def test_every_diagnostic_has_its_heading(code: str) -> None:
    assert code in headings(REFERENCE / "diagnostics.md")


@pytest.mark.parametrize("what", [one.what for one in DIFFERENCES])
def test_every_difference_from_cel_has_its_heading(what: str) -> None:
    assert what in headings(REFERENCE / "cel.md")


@pytest.mark.parametrize("kind", FILES)
def test_every_key_has_its_heading(kind: str) -> None:
    shown = [heading.rsplit(".", 1)[-1] for heading in headings(REFERENCE / "keys.md")]
    assert set(written_keys(schema(kind))) <= set(shown)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_heading(name: str) -> None:
    assert f"LEEWAY_{name.upper()}" in headings(ROOT / "docs" / "settings.md")


def test_no_heading_of_the_keys_stands_twice() -> None:
    shown = headings(REFERENCE / "keys.md")
    assert len(shown) == len(set(shown))


def test_no_generated_file_is_stale() -> None:
    assert [path.relative_to(ROOT).as_posix() for path in stale()] == []


def test_the_readme_names_every_page() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    every = [name_of(page) for page in (ROOT / "docs").rglob("*.md")]
    assert [name for name in every if f"({name})" not in text] == []


@pytest.mark.parametrize("page", [*pages(), *sorted(REFERENCE.glob("*.md"))], ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        place, _, anchor = target.partition("#")
        if place.startswith(("http:", "https:")):
            continue
        linked = (page.parent / place) if place else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("files", packs())
def test_packs_on_pages_load_without_a_finding(files: list[Block], tmp_path: Path) -> None:
    folder = tmp_path / files[0].word("pack")
    folder.mkdir()
    for block in files:
        (folder / block.word("file")).write_text(block.text, encoding="utf-8")
    assert len(list(folder.iterdir())) == len(files)
    assert load_release(folder).warnings == ()


@pytest.mark.parametrize("block", fenced("yaml"))
def test_yaml_on_pages_has_the_shape_of_its_file(block: Block) -> None:
    if block.word("from"):
        assert block.text in (ROOT / block.word("from")).read_text(encoding="utf-8")
    elif not all(line.startswith("#") for line in block.text.splitlines()):
        found = Diagnostics()
        tree = read_text(textwrap.dedent(block.text).encode(), "example.yaml", found)
        assert tree is not None, found.sorted()
        check_shape(tree, block.word("schema") or "pack", found)
        assert found.sorted() == ()


@pytest.mark.parametrize("block", fenced("json"))
def test_json_on_pages_is_what_it_says(block: Block) -> None:
    written = json.loads(block.text)
    if file := block.word("file"):
        assert written == json.loads((ROOT / file).read_text(encoding="utf-8"))
    for word in MODELS.keys() & set(block.words):
        MODELS[word].model_validate_json(block.text)


@pytest.mark.parametrize("block", fenced("python"))
def test_python_on_pages_imports_what_there_is(block: Block) -> None:
    imports = [one for one in ast.walk(ast.parse(block.text)) if isinstance(one, ast.Import | ast.ImportFrom)]
    exec(compile(ast.Module([*imports], []), "example.py", "exec"), {})


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_console_examples_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = [one for block in blocks(text) if block.language == "console" for one in examples(block.text)]
    desk = Desk(tmp_path) if shown else None
    for one in shown:
        assert desk is not None
        printed = desk.run(one.command)
        assert "Traceback" not in printed
        assert one.matches(printed), f"$ {one.command}\n{printed}\nrun `python -m api.examples`"


def test_an_ellipsis_stands_for_any_lines() -> None:
    assert Example("x", "first\n...\nlast\n").matches("first\n2\n3\nlast\n")
    assert Example("x", "release ...\n").matches("release sha256:0\n")
    assert not Example("x", "first\n...\nlast\n").matches("first\n2\n")
