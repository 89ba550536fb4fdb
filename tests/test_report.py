"""Findings in every format that `check` writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.language.diagnostics import Diagnostic, Mark, Severity
from engine.language.report import Format, render

TEXT = "rules:\n  - id: late\n    when: order.days_lte > 3\n"


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "refunds.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path.as_posix()


def unknown(file: str, line: int = 3, column: int = 11) -> Diagnostic:
    message = "rule `late` reads unknown fact `order.days_lte`"
    return Diagnostic(Mark(file, line, column), "unknown-fact", message, "did you mean `order.days_late`?")


def no_source(file: str) -> Diagnostic:
    return Diagnostic(Mark(file, 2, 5), "no-source", "rule `late` has no `source`", severity=Severity.WARNING)


def test_pretty_shows_the_line_with_a_caret_below_the_place(file: str) -> None:
    assert render([no_source(file), unknown(file)]) == (
        f"{file}:2:5: no-source (warning): rule `late` has no `source`\n"
        "  2 |   - id: late\n"
        "    |     ^\n"
        "\n"
        f"{file}:3:11: unknown-fact: rule `late` reads unknown fact `order.days_lte`\n"
        "  3 |     when: order.days_lte > 3\n"
        "    |           ^\n"
        "  did you mean `order.days_late`?\n"
        "\n"
        "1 error, 1 warning"
    )


def test_pretty_without_findings_says_so() -> None:
    assert render([]) == "no problems"


@pytest.mark.parametrize(("line", "column"), [(9, 1), (4, 1)])
def test_a_place_past_the_end_has_no_line_to_show(file: str, line: int, column: int) -> None:
    assert "|" not in render([unknown(file, line, column)])


def test_a_file_that_cannot_be_read_has_no_line_to_show(tmp_path: Path) -> None:
    missing, folder = tmp_path / "gone.yaml", tmp_path
    assert "|" not in render([unknown(str(missing)), unknown(str(folder)), unknown("nul\0.yaml")])


def test_the_caret_stands_below_wide_and_combined_characters(tmp_path: Path) -> None:
    path = tmp_path / "wide.yaml"
    path.write_text("say: 漢字e\u0301 {x}\n", encoding="utf-8")
    _, shown, caret, *_ = render([unknown(str(path), 1, 12)]).splitlines()
    assert shown.endswith("漢字e\u0301 {x}")
    assert caret == "    | " + " " * 12 + "^"


def test_of_a_long_line_the_part_around_the_place_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text("a" * 300 + "X" + "b" * 300 + "\n", encoding="utf-8")
    _, shown, caret, *_ = render([unknown(str(path), 1, 301)]).splitlines()
    assert shown == "  1 | ..." + "a" * 40 + "X" + "b" * 59 + "..."
    assert shown[caret.index("^")] == "X"


def test_what_would_move_a_terminal_is_not_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "escape.yaml"
    path.write_bytes(b"a: \x1b[2J\xff\n")
    assert "\x1b" not in render([unknown(str(path), 1, 4)])


def test_json_holds_every_part(file: str) -> None:
    assert json.loads(render([unknown(file)], Format.JSON)) == [
        {
            "file": file,
            "line": 3,
            "column": 11,
            "severity": "error",
            "code": "unknown-fact",
            "message": "rule `late` reads unknown fact `order.days_lte`",
            "help": "did you mean `order.days_late`?",
        }
    ]


def test_github_commands_are_one_line_each_and_escaped() -> None:
    one = Diagnostic(Mark("a,b:c.yaml", 1, 2), "no-source", "100%\nsure", "yes", Severity.WARNING)
    assert (
        render([one, one], "github").splitlines()
        == [
            "::warning file=a%2Cb%3Ac.yaml,line=1,col=2,title=no-source::100%25%0Asure; yes",
        ]
        * 2
    )


def test_sarif_names_rules_and_places() -> None:
    log = json.loads(render([unknown("rules/a b.yaml"), no_source("/é.yaml")], "sarif"))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["no-source", "unknown-fact"]
    first, second = run["results"]
    assert first == {
        "ruleId": "unknown-fact",
        "level": "error",
        "message": {"text": "rule `late` reads unknown fact `order.days_lte`; did you mean `order.days_late`?"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "rules/a%20b.yaml"},
                    "region": {"startLine": 3, "startColumn": 11},
                }
            }
        ],
    }
    assert second["level"] == "warning"
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///%C3%A9.yaml"


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="xml"):
        render([], "xml")
