"""The command line: what each command prints, and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from starter import LATE, answers, leeway, request, starter

from api.cli import COMMANDS, main
from engine.language.diagnostics import Diagnostics
from engine.language.reading.read import read_file
from engine.language.reading.tree import plain
from engine.language.reading.validator import SCHEMAS

ROOT = Path(__file__).parent.parent
LEEWAY = (sys.executable, "-m", "api.cli")
PARTS = ("population make", "population describe")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return starter(tmp_path_factory.mktemp("packs"))


def run(*args: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Return what a command gives as a process of its own."""
    command = [*LEEWAY, *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, cwd=ROOT)


def test_help_lists_every_command_without_importing_any() -> None:
    code = "import sys; from click.testing import CliRunner; from api.cli import main; " \
           "print(CliRunner().invoke(main, ['--help']).output); print('engine' in sys.modules)"  # fmt: skip
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert all(f"  {name} " in seen for name in COMMANDS)
    assert seen.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in COMMANDS if name not in ("population", "ledger", "keys")),
        *(f"keys {name}" for name in ("create", "list", "revoke")),
        *(f"population {name}" for name in ("make", "describe")),
        *(f"ledger {name}" for name in ("verify", "query", "tail", "export", "replay", "erase", "checkpoint")),
    ],
)
def test_every_command_explains_itself_and_has_json(name: str) -> None:
    result = leeway(*name.split(), "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout


def test_a_misspelt_command_is_a_usage_error_with_the_nearest_name() -> None:
    result = leeway("chekc")
    assert result.exit_code == 2
    assert "no such command `chekc`; did you mean `check`?" in result.stderr


def test_the_version_is_printed() -> None:
    assert leeway("--version").stdout.startswith("leeway ")


def test_a_pack_is_found_by_path_by_option_and_by_the_environment(pack: Path) -> None:
    assert leeway("check", pack).exit_code == 0
    assert leeway("--packs", pack.parent, "check", "starter").exit_code == 0
    found = CliRunner(env={"LEEWAY_PACKS": str(pack.parent)}).invoke(main, ["check"])
    assert found.exit_code == 0


def test_a_pack_that_is_not_there_is_named_with_the_nearest(pack: Path) -> None:
    result = leeway("--packs", pack.parent, "test", "startr")
    assert result.exit_code == 1
    assert "startr:1:1: unknown-pack: there is no pack `startr`; did you mean `starter`?" in result.stderr


def test_a_pack_with_mistakes_is_reported_by_every_command_that_needs_it(tmp_path: Path) -> None:
    broken = starter(tmp_path, vouchers=("when: late", "when: lat"))
    line = f"{broken.as_posix()}/vouchers.yaml:37:11: unknown-fact: "
    assert line in leeway("check", broken).stdout
    for args in (("decide", "--pack", broken), ("offers", "--pack", broken), ("test", broken)):
        result = leeway(*args, stdin=request())
        assert result.exit_code == 1
        assert line in result.stderr


@pytest.mark.parametrize("form", ["json", "github", "sarif"])
def test_findings_come_in_every_format(tmp_path: Path, form: str) -> None:
    result = leeway("check", starter(tmp_path, vouchers=("when: late", "when: lat")), "--format", form)
    assert result.exit_code == 1
    assert "unknown-fact" in result.stdout


def test_json_is_short_for_its_format(pack: Path) -> None:
    assert leeway("check", pack, "--json").stdout == leeway("check", pack, "--format", "json").stdout
    assert leeway("test", pack, "--json").stdout == leeway("test", pack, "--format", "json").stdout


def test_a_request_on_standard_input_is_decided(pack: Path) -> None:
    result = run("decide", "--pack", pack, stdin=request())
    assert result.returncode == 0
    assert result.stderr == ""
    decision = json.loads(result.stdout)
    assert (decision["verdict"], decision["offer"]["amount"]) == ("approve", "16.00")


def test_requests_in_a_file_are_decided_in_order(pack: Path, tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    file.write_text("".join(request(id=f"r{number}") for number in range(5)), encoding="utf-8")
    result = leeway("decide", "--pack", pack, "--requests", file)
    assert [one["id"] for one in answers(result)] == ["r0", "r1", "r2", "r3", "r4"]


def test_the_same_request_gives_the_same_bytes(pack: Path) -> None:
    assert (
        leeway("decide", "--pack", pack, stdin=request()).stdout
        == leeway("decide", "--pack", pack, stdin=request()).stdout
    )


BAD_LINES = {
    "no JSON": "nonsense",
    "half of it": '{"ask": {',
    "a list": "[1]",
    "a key twice": '{"facts": {"order": {}, "order": {}}}',
    "a key twice in an ask": '{"ask": {"action": "voucher", "action": "voucher"}}',
    "NaN": '{"facts": {"order": {"total": NaN}}}',
    "Infinity": '{"ask": {"action": "voucher", "amount": -Infinity}}',
    "a lone surrogate": r'{"id": "\ud800", "ask": {"action": "voucher"}}',
    "a number without end": '{"facts": {"order": {"total": 1' + "0" * 5000 + "}}}",
    "depth": '{"facts": ' + '{"a":' * 70 + "1" + "}" * 70 + "}",
    "depth beyond all": "[" * 100_000,
    "length": json.dumps({"id": "x" * 1_100_000}),
    "an unknown member": '{"asks_for": 1}',
    "an unknown fact": request(facts={"ordr": {}}).strip(),
    "a wrong type": request(facts={"order": {"total": []}}).strip(),
    "an unknown action": request(ask={"action": "vouchr"}).strip(),
    "an unknown role": request(agent={"role": "king"}).strip(),
    "no ask": request(ask=None).strip(),
    "another pack": request(pack="telecom").strip(),
    "an amount of nothing": request(ask={"action": "voucher", "amount": 0}).strip(),
    "a NUL": "\0",
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_gives_a_problem_in_its_place_and_the_others_are_decided(pack: Path, line: str) -> None:
    result = leeway("decide", "--pack", pack, stdin=request(id="before") + line + "\n" + request(id="after"))
    before, problem, after = answers(result)
    assert result.exit_code == 1
    assert (before["id"], after["id"]) == ("before", "after")
    assert problem["status"] == 422
    assert problem["instance"] == "/lines/2"
    assert problem["detail"]


def test_a_problem_echoes_nothing_of_what_was_sent(pack: Path) -> None:
    secret = request(facts={"customer": {"id": 4711, "hunter2": "hunter2"}}, agent={"role": "hunter2"}).strip()
    assert "4711" not in leeway("decide", "--pack", pack, stdin=secret).stdout


def test_bytes_that_are_no_text_are_a_problem(pack: Path) -> None:
    result = leeway("decide", "--pack", pack, stdin=b'{"id": "\xff\xfe"}\n')
    assert result.exit_code == 1
    assert answers(result)[0]["detail"] == "the request is not JSON: it is not UTF-8 text"


def test_an_empty_line_stays_empty_so_that_lines_keep_their_numbers(pack: Path) -> None:
    result = leeway("decide", "--pack", pack, stdin=request() + "\n" + request())
    assert result.exit_code == 0
    assert [bool(line) for line in result.stdout.split("\n")] == [True, False, True, False]


def test_a_request_without_now_is_decided_now(pack: Path) -> None:
    decision = answers(leeway("decide", "--pack", pack, stdin=request(now=None)))[0]
    assert decision["now"] > "2026"


def test_a_request_names_its_pack_where_the_command_does_not(pack: Path) -> None:
    result = leeway("--packs", pack.parent, "decide", stdin=request(pack="starter") + request())
    decision, problem = answers(result)
    assert decision["pack"] == "starter"
    assert problem["detail"] == "the request names no pack"


@pytest.mark.parametrize("name", ["../starter", "/etc", "", "nowhere"])
def test_a_request_reaches_no_folder_but_those_of_packs(pack: Path, name: str) -> None:
    result = leeway("--packs", pack.parent, "decide", stdin=request(pack=name))
    assert answers(result)[0]["type"] == "/problems/unknown-pack"


def test_a_file_of_requests_that_is_not_there_is_a_usage_error(pack: Path) -> None:
    assert leeway("decide", "--pack", pack, "--requests", "nowhere.jsonl").exit_code == 2


def test_decisions_are_explained_where_that_is_wanted(pack: Path) -> None:
    facts = {**LATE["facts"], "order": {"total": 80, "promised": "2026-03-04", "delivered": "2026-03-04"}}
    decision = answers(leeway("decide", "--pack", pack, "--explain", stdin=request(facts=facts)))[0]
    assert decision["texts"]["customer"] == "Your order arrived on the day that we promised."
    assert decision["why_not"]


def test_several_asks_are_decided_in_order(pack: Path) -> None:
    both = request(ask=None, asks=[{"action": "voucher"}, {"action": "voucher", "amount": 90}])
    seen = answers(leeway("decide", "--pack", pack, "--explain", stdin=both))[0]
    assert [one["verdict"] for one in seen["decisions"]] == ["approve", "counter"]


def test_a_decision_is_told_to_whom_it_is_for(pack: Path) -> None:
    told = leeway("explain", "--pack", pack, "--for", "customer", stdin=request())
    assert "Here is a voucher over €16.00." in told.stdout
    seen = answers(leeway("explain", "--pack", pack, "--for", "auditor", "--json", stdin=request()))[0]
    assert seen["reader"] == "auditor"
    assert "voucher-for-a-late-order" in seen["text"]


def test_what_may_be_offered_is_told_in_a_line_an_action(pack: Path) -> None:
    result = leeway("offers", "--pack", pack, stdin=request(ask=None, id="C-1"))
    assert result.stdout.splitlines()[:2] == [
        "C-1: what may be offered, 2026-03-05T10:00:00+01:00",
        "  approve  Voucher; 16.00 EUR",
    ]
    assert (
        answers(leeway("offers", "--pack", pack, "--json", stdin=request(ask=None)))[0]["offers"][0]["amount"]
        == "16.00"
    )


def test_scenarios_that_pass_exit_with_nothing_wrong(pack: Path) -> None:
    result = run("test", pack)
    assert (result.returncode, result.stdout, result.stderr) == (0, "starter: 7 passed, 0 failed\n", "")


def test_a_new_pack_passes_check_and_test_and_is_well_formed(tmp_path: Path) -> None:
    result = leeway("--packs", tmp_path, "new", "shop")
    assert result.exit_code == 0
    assert leeway("--packs", tmp_path, "check", "shop").stdout == "no problems\n"
    assert leeway("--packs", tmp_path, "test", "shop", "--min-coverage", "100").exit_code == 0
    assert leeway("--packs", tmp_path, "fmt", "shop", "--check").stdout == ""
    line = (tmp_path / "shop" / "scenarios" / "fixtures.yaml").read_text(encoding="utf-8").splitlines()[0]
    schema = (tmp_path / "shop" / "scenarios" / line.partition("$schema=")[2]).resolve()
    assert schema == ROOT / "schemas" / "fixtures.schema.json"


def test_a_new_pack_never_goes_over_another(tmp_path: Path) -> None:
    leeway("--packs", tmp_path, "new", "shop")
    result = leeway("--packs", tmp_path, "new", "shop")
    assert result.exit_code == 1
    assert "already there" in result.stderr
    assert leeway("new", tmp_path / "my shop").exit_code == 2


def test_files_are_written_in_their_one_form_and_keep_their_meaning(tmp_path: Path) -> None:
    pack = starter(tmp_path, vouchers=("    when: late\n", "    when:   late\n"))
    release = json.loads(leeway("show", pack, "--json").stdout)["release"]
    assert leeway("fmt", pack, "--check").exit_code == 1
    assert json.loads(leeway("fmt", pack, "--json").stdout) == {"changed": [f"{pack.as_posix()}/vouchers.yaml"]}
    assert leeway("fmt", pack / "vouchers.yaml", "--check").exit_code == 0
    assert json.loads(leeway("show", pack, "--json").stdout)["release"] == release
    assert sorted(path.name for path in pack.iterdir()) == ["facts.yaml", "pack.yaml", "scenarios", "vouchers.yaml"]


def test_a_pack_is_shown_in_plain_words(pack: Path) -> None:
    result = leeway("show", pack)
    assert "Voucher (voucher, EUR)" in result.stdout
    assert "  by themselves may grant it: agent up to 20, supervisor without limit" in result.stdout
    assert "      when the order arrived after order.promised" in result.stdout
    assert "      source: Service handbook §2" in result.stdout


def test_one_action_of_a_pack_is_shown_and_a_misspelt_one_is_a_usage_error(pack: Path) -> None:
    assert leeway("show", pack, "--action", "voucher").stdout.startswith("Voucher (voucher, EUR)")
    result = leeway("show", pack, "--action", "vouchr")
    assert result.exit_code == 2
    assert "did you mean `voucher`?" in result.stderr


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_schema_of_every_kind_of_file_is_printed(kind: str) -> None:
    Draft202012Validator.check_schema(json.loads(leeway("schema", "--kind", kind).stdout))


@pytest.mark.parametrize("name", ["telecom", "airline", "company"])
@pytest.mark.parametrize("kind", ["pack", "scenarios"])
def test_the_files_of_a_pack_are_valid_by_the_schema_that_lists_its_names(name: str, kind: str) -> None:
    schema = json.loads(leeway("--packs", ROOT / "rules", "schema", "--pack", name, "--kind", kind).stdout)
    Draft202012Validator.check_schema(schema)
    folder = ROOT / "rules" / name / ("" if kind == "pack" else "scenarios")
    for path in sorted(folder.glob("*.yaml")):
        if path.name not in ("facts.yaml", "fixtures.yaml") and not path.name.startswith("texts."):
            tree = read_file(path, path.parent, Diagnostics())
            assert tree is not None
            assert [error.message for error in Draft202012Validator(schema).iter_errors(plain(tree))] == []


@pytest.mark.parametrize(
    "text",
    [
        "rules: [{id: a, action: vouchr, allow: true}]",
        "rules: [{id: a, overrides: [nothing], allow: true}]",
        "rules: [{id: a, deny: {waivable_by: king}}]",
        "rules: [{id: a, instead: vouchr, deny: true}]",
        "authority: {king: {voucher: true}}",
    ],
)
def test_a_name_that_the_pack_does_not_have_is_refused_by_its_schema(pack: Path, tmp_path: Path, text: str) -> None:
    schema = json.loads(leeway("schema", "--pack", pack).stdout)
    path = tmp_path / "more.yaml"
    path.write_text(text, encoding="utf-8")
    tree = read_file(path, tmp_path, Diagnostics())
    assert tree is not None
    assert list(Draft202012Validator(schema).iter_errors(plain(tree)))


def test_the_schema_proposes_what_expressions_can_read(pack: Path) -> None:
    schema = json.loads(leeway("schema", "--pack", pack).stdout)
    assert {"params.share", "late", "order"} <= set(schema["$defs"]["expression"]["examples"])
    assert schema["$defs"]["parameter_name"]["enum"] == ["share", "most_a_year"]


def test_the_doctor_finds_everything_here_in_order() -> None:
    result = leeway("--packs", ROOT / "rules", "doctor", "--json")
    assert result.exit_code == 0
    found = {one["name"]: one for one in json.loads(result.stdout)["findings"]}
    assert "airline" in found["packs"]["seen"]
    assert {"leeway", "python", "durable-rules", "google-re2"} <= found.keys()


def test_the_demo_decides_real_cases_and_tells_them() -> None:
    result = leeway("--packs", ROOT / "rules", "demo")
    assert result.exit_code == 0
    assert "To the customer:" in result.stdout
    assert {one["pack"] for one in answers(leeway("--packs", ROOT / "rules", "demo", "--json"))} >= {"telecom"}


def test_nothing_is_coloured_and_no_bar_is_drawn_where_nobody_watches(pack: Path) -> None:
    result = run("decide", "--pack", pack, stdin=request() * 600)
    assert result.stderr == ""
    assert "\x1b" not in run("--packs", ROOT / "rules", "demo").stdout


def test_a_reader_that_goes_away_is_no_error(pack: Path) -> None:
    command = [*LEEWAY, "decide", "--pack", str(pack)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, said = process.communicate((request() * 200).encode())
    assert b"Traceback" not in said
