"""What is wrong with a pack beyond its shape: every code, where it is reported, and what is said to do.

Each section of `tests/diagnostics/*.md` is a case: a pack (its two header lines come from `packs.HEADER`), other files
of it, and the lines found of the codes that are named (of all, where none is).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packs import HEADER, findings, lines, write_pack

from engine.language.codes import CODES, WARNINGS

ROOT = Path(__file__).parent.parent
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```(\w+)(?: ([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KEBAB = re.compile(r"[a-z]+(-[a-z0-9]+)+")
NO_CODES = {"date-time", "out-of-range", "utf-8", "x-unsupported"}
ACTIONS = "actions: {call: {}}\n"


@dataclass(frozen=True)
class Case:
    """A pack, the codes looked for, and what is found of them."""

    says: str
    pack: str
    files: dict[str, str]
    codes: tuple[str, ...]
    finds: list[str]


def cases() -> Iterator[Case]:
    for path in sorted((ROOT / "tests" / "diagnostics").glob("*.md")):
        _, *parts = SECTION.split(path.read_text(encoding="utf-8"))
        for says, body in zip(parts[::2], parts[1::2], strict=True):
            fences = FENCE.findall(body)
            written = {name: text for language, name, text in fences if language == "yaml"}
            ((codes, finds),) = [(name, text) for language, name, text in fences if language == "text"]
            yield Case(says, written.pop("pack"), written, tuple(codes.split()), finds.splitlines())


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_check_says_that(case: Case, tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "tiny", case.pack, **case.files)
    assert lines(folder, *case.codes) == case.finds


def test_a_folder_without_a_policy_file_is_no_pack(tmp_path: Path) -> None:
    (folder := tmp_path / "tiny").mkdir()
    (one,) = findings(folder)
    assert (one.code, one.message) == ("not-a-pack", "there is no `*.yaml` file in this folder")


def test_packs_do_not_use_each_other(tmp_path: Path) -> None:
    write_pack(tmp_path / "other", "uses: [tiny]\n")
    folder = write_pack(tmp_path / "tiny", f"uses: [other]\n{ACTIONS}")
    (one,) = findings(folder)
    assert str(one) == f"{tmp_path}/other/pack.yaml:3:8: uses-cycle: pack `tiny` uses this one"


def test_warnings_are_about_the_pack_itself_not_those_it_uses(tmp_path: Path) -> None:
    write_pack(tmp_path / "other", "params: {unused: 1}\n", pack="params: {unused: 1}\n")
    folder = write_pack(tmp_path / "tiny", f"uses: [other]\nparams: {{limit: 1}}\n{ACTIONS}", facts="type: object\n")
    assert {one.mark.file for one in findings(folder)} == {f"{folder}/pack.yaml"}


def test_a_rule_of_a_used_pack_may_cover_no_action(tmp_path: Path) -> None:
    shared = "rules:\n  - {id: limit, cap: {at_most: 5}}\n  - {id: no, action: 'kind:credit', deny: true}\n"
    write_pack(tmp_path / "other", "", pack=shared)
    folder = write_pack(tmp_path / "tiny", f"uses: [other]\n{ACTIONS}", facts="type: object\n")
    assert lines(folder, "no-action", "unknown-kind") == []


DOUBLING = "define:\n  f0(x): x + 1\n" + "".join(f"  f{i}(x): f{i - 1}(x) + f{i - 1}(x + 1)\n" for i in range(1, 30))
CHAIN = "define:\n" + "".join(f"  f{i}: f{i + 1} && order.days > {i}\n" for i in range(200)) + "  f200: true\n"
TOWER = "define:\n  f0: order.days > 0\n" + "".join(f"  f{i}: f{i - 1} && order.days > 0\n" for i in range(1, 200))


@pytest.mark.parametrize(
    ("definitions", "condition", "says"),
    [
        (DOUBLING, "f29(order.days) > 1", "comes to more than 50,000 expressions"),
        (CHAIN, "f0", "needs more than 60 others, one by the other"),
        (TOWER, "f199", "comes to more than 120 levels"),
    ],
    ids=["doubling", "chain", "tower"],
)
def test_definitions_that_grow_without_measure_are_refused(
    definitions: str, condition: str, says: str, tmp_path: Path
) -> None:
    rule = f"rules:\n  - {{id: a, action: call, when: {condition}, allow: true}}\n"
    (one,) = lines(write_pack(tmp_path / "tiny", ACTIONS + definitions + rule))
    assert "policy-too-large" in one
    assert says in one


def test_references_that_nest_without_measure_are_refused(tmp_path: Path) -> None:
    steps = [f'  a{i}: {{type: object, properties: {{x: {{$ref: "#/$defs/a{i + 1}"}}}}}}\n' for i in range(100)]
    facts = (
        'type: object\nproperties:\n  a: {$ref: "#/$defs/a0"}\n$defs:\n' + "".join(steps) + "  a100: {type: string}\n"
    )
    (one,) = findings(write_pack(tmp_path / "tiny", ACTIONS, facts=facts))
    assert one.code == "too-many-facts"


def test_a_table_of_two_hundred_rows_is_checked_whole(tmp_path: Path) -> None:
    rows = [
        f"      - {{a: {a * 10}..{a * 10 + 9}, b: {b * 10}..{b * 10 + 9}, c: {c}, d: {d}, v: {a}}}\n"
        for a in range(5)
        for b in range(5)
        for c in ("gold", "silver")
        for d in ("true", "false")
        for _ in range(2)
    ]
    table = (
        "tables:\n  fee:\n    inputs: {a: order.days, b: order.days + 1, c: order.level, d: order.days > 3}\n"
        "    outputs: {v: int}\n    rows:\n"
    )
    rule = "rules:\n  - {id: a, action: call, when: tables.fee > 1, allow: true}\n"
    folder = write_pack(tmp_path / "tiny", ACTIONS + table + "".join(rows) + rule)
    assert len(lines(folder, "table-overlap", "table-hole")) == 101


def test_every_code_that_is_reported_is_documented_and_every_documented_one_is_reported() -> None:
    texts = {text for path in sources() for text in literals(path)}
    assert {text for text in texts if KEBAB.fullmatch(text)} - NO_CODES <= CODES.keys()
    assert CODES.keys() <= texts


def test_every_code_that_is_a_warning_somewhere_is_listed_as_one() -> None:
    warned = {code for path in sources() for code in warnings_in(path)}
    assert warned | {"table-hole", "unused-definition", "unused-parameter", "unused-table"} == WARNINGS


def test_every_code_has_a_sentence() -> None:
    assert all(text.endswith(".") and len(text) > 20 and "\n" not in text for text in CODES.values())


def sources() -> list[Path]:
    folders = ["engine/language", "engine/program"]
    folders += [f"simulations/{name}" for name in ("scenarios", "patches", "specs", "populations/reading")]
    language = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return [path for path in (*language, ROOT / "engine" / "release.py") if path.name != "codes.py"]


def literals(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def warnings_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(attr="warning"), args=[_, ast.Constant(value=str(code)), *_]):
                yield code
            case _:
                pass


def test_the_header_of_the_cases_has_two_lines() -> None:
    assert HEADER.count("\n") == 2


def test_every_code_has_a_test() -> None:
    tests = [*(ROOT / "tests").glob("test_*.py"), *(ROOT / "tests" / "diagnostics").glob("*.md")]
    written = "\n".join(path.read_text(encoding="utf-8") for path in tests)
    assert [code for code in CODES if not re.search(rf"(?<![\w-]){code}(?![\w-])", written)] == []
