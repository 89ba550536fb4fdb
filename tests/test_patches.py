"""Patches: what an edit may change, what it makes of a pack, and what is said where it cannot be made."""

from __future__ import annotations

from collections.abc import Collection
from itertools import permutations
from pathlib import Path

import pytest
from packs import write_pack

from engine.decide import decide
from engine.language.diagnostics import Diagnostics, PolicyError
from engine.program.plan import Policy
from engine.release import Release, load_release
from schemas.decision import Decision
from schemas.request import DecisionRequest
from simulations.patches.patched import patched
from simulations.patches.read import read_patch

ROOT = Path(__file__).parent.parent
CANDIDATES = ("goodwill-for-loyalty", "one-contact-resolution", "tighter-retention")
PACK = """\
params:
  limit: 20
  rate: {2024-01-01: 5, 2025-01-01: 6}
define:
  late: order.days > 3
  over(days):
    value: order.days > days
    means: the order is later than {days} days
tables:
  gift(level):
    inputs: {level: level}
    outputs: {gift: money}
    rows:
      - {level: gold, gift: 10}
      - {level: silver, gift: 5}
actions:
  voucher: {amount: money, company_cost: amount}
  refund: {amount: money}
authority:
  ai: {voucher: 5}
  agent: {voucher: 30, refund: 30}
rules:
  - {id: for-late, action: voucher, when: late, allow: {up_to: params.limit}}
  - {id: for-level, action: voucher, allow: {up_to: tables.gift(order.level)}}
  - {id: refund, action: refund, when: over(10), allow: {up_to: order.total}}
checks:
  - action: refund
    needs:
      - {reason: no_total, need: order.total > 0}
  - action: voucher
    needs:
      - {reason: too_early, need: order.days > 0}
      - {reason: too_late, need: order.days < 100}
"""
HEADER = "patch: tried\npack: tiny\nedits:\n"
GOLD_WHERE = "    where: {level: gold}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a small pack."""
    return write_pack(tmp_path / "tiny", PACK)


def made(folder: Path, edits: str, chosen: Collection[int] | None = None) -> Release:
    """Return the release that edits make of a pack."""
    file = folder.parent / "tried.yaml"
    file.write_text(HEADER + edits, encoding="utf-8")
    return patched(folder, read_patch(file, Diagnostics()), chosen)


def policy(folder: Path, edits: str) -> Policy:
    return made(folder, edits).policy


def hashed(folder: Path, edits: str, chosen: Collection[int] | None = None) -> str:
    return made(folder, edits, chosen).policy.pack.release


def said(folder: Path, edits: str) -> list[str]:
    """Return what is wrong with edits, as lines from the folder of the patch on."""
    with pytest.raises(PolicyError) as caught:
        made(folder, edits)
    return [str(one).removeprefix(f"{folder.parent.as_posix()}/") for one in caught.value.diagnostics]


def voucher(release: Release, level: str = "silver", days: int = 5, role: str = "agent") -> Decision:
    facts = {"order": {"days": days, "level": level, "total": "50"}}
    request = {"now": "2026-01-05T12:00:00Z", "agent": {"role": role}, "facts": facts, "ask": {"action": "voucher"}}
    decision = decide(release, DecisionRequest.model_validate(request))
    assert isinstance(decision, Decision)
    return decision


def amount(release: Release, level: str = "silver", days: int = 5, role: str = "agent") -> str | None:
    offer = voucher(release, level, days, role).offer
    return None if offer is None else str(offer.amount)


def test_a_patch_without_its_edits_is_the_pack_itself(folder: Path) -> None:
    assert hashed(folder, "  - {set: params.limit, to: 25}\n", ()) == load_release(folder).policy.pack.release


def test_a_parameter_is_set(folder: Path) -> None:
    assert amount(load_release(folder)) == "20.00"
    assert amount(made(folder, "  - {set: params.limit, to: 25}\n")) == "25.00"


def test_a_parameter_is_set_from_a_day_on(folder: Path) -> None:
    dated = policy(folder, "  - {set: params.limit, to: {2024-01-01: 20, 2024-07-01: 25}}\n")
    one = next(one for one in dated.pack.parameters if one.name == "limit")
    assert [str(day) for day, _ in one.values] == ["2024-01-01", "2024-07-01"]
    later = policy(folder, "  - {set: params.rate.2025-01-01, to: 7}\n")
    assert [one.text for _, one in later.pack.parameters[1].values] == ["5", "7"]


def test_a_row_is_named_by_its_cells(folder: Path) -> None:
    replaced = f"  - replace: tables.gift.rows\n{GOLD_WHERE}    with: {{level: gold, gift: 25}}\n"
    cell = f"  - replace: tables.gift.rows.gift\n{GOLD_WHERE}    with: 25\n"
    assert amount(made(folder, replaced), "gold") == "25.00"
    assert hashed(folder, replaced) == hashed(folder, cell)


def test_a_row_is_added_where_another_was_removed(folder: Path) -> None:
    silver = "    where: {level: silver}\n"
    edits = f"  - remove: tables.gift.rows\n{silver}  - add: tables.gift.rows\n    entry: {{level: silver, gift: 29}}\n"
    assert amount(made(folder, edits)) == "29.00"


def test_a_table_is_replaced_whole(folder: Path) -> None:
    table = "{inputs: {level: level}, outputs: {gift: money}, rows: [{gift: 28}]}"
    assert amount(made(folder, f"  - {{replace: tables.gift, with: {table}}}\n")) == "28.00"


def test_rules_are_added_replaced_and_removed(folder: Path) -> None:
    edits = """\
  - {add: rules.for-all, entry: {action: voucher, allow: {up_to: 27}}}
  - {replace: rules.for-late, with: {action: voucher, when: late, allow: {up_to: 3}}}
  - {remove: rules.for-level}
"""
    release = made(folder, edits)
    assert [rule.id for rule in release.policy.pack.rules[:3]] == ["for-late", "refund", "for-all"]
    assert amount(release) == "27.00"


def test_a_part_of_a_rule_is_replaced_added_and_removed(folder: Path) -> None:
    assert amount(made(folder, "  - {replace: rules.for-late.allow.up_to, with: params.limit + 2}\n")) == "22.00"
    assert amount(made(folder, "  - {add: rules.for-late.unless, entry: order.level == 'silver'}\n")) == "5.00"
    assert amount(made(folder, "  - {remove: rules.for-late.when}\n"), days=1) == "20.00"


def test_needs_are_added_replaced_and_removed(folder: Path) -> None:
    needs = "checks.voucher.too_late"
    assert voucher(made(folder, f"  - {{replace: {needs}, with: {{need: order.days < 4}}}}\n")).reason == "too_late"
    assert voucher(made(folder, f"  - {{replace: {needs}.need, with: order.days < 4}}\n")).reason == "too_late"
    assert voucher(made(folder, f"  - {{remove: {needs}}}\n"), days=200).verdict == "approve"
    added = "  - {add: checks.voucher.silver_only, entry: {need: order.level == 'silver'}}\n"
    assert voucher(made(folder, added), "gold").reasons == ("silver_only",)


def test_a_check_goes_with_its_last_need(folder: Path) -> None:
    ids = [rule.id for rule in policy(folder, "  - {remove: checks.refund.no_total}\n").pack.rules]
    assert "refund.no_total" not in ids


def test_definitions_actions_authority_and_rank_are_edited(folder: Path) -> None:
    assert amount(made(folder, "  - {replace: define.late, with: order.days > 7}\n")) == "5.00"
    assert amount(made(folder, "  - {replace: authority.agent.voucher, with: 7}\n")) == "7.00"
    assert amount(made(folder, "  - {add: authority.boss, entry: {voucher: 31}}\n"), role="boss") == "20.00"
    edits = "  - {replace: actions.voucher.company_cost, with: amount * 0.5}\n  - {add: rank, entry: customer_value}\n"
    release = made(folder, edits)
    economics = voucher(release).economics
    assert economics is not None
    assert economics.company_cost == "10.00"
    assert release.policy.pack.rank is not None


def test_a_section_that_the_pack_lacks_is_begun(tmp_path: Path) -> None:
    bare = write_pack(tmp_path / "tiny", "actions: {call: {}}\n", facts="type: object\n")
    edits = """\
  - all:
      - {add: params.limit, entry: 3}
      - {add: "define.many(n)", entry: n > params.limit}
      - {add: rules.call, entry: {action: call, when: many(4), allow: true}}
"""
    pack = policy(bare, edits).pack
    assert [one.name for one in (*pack.parameters, *pack.definitions)] == ["limit", "many"]


EDITS = (
    "  - {set: params.limit, to: 25}\n",
    "  - {add: rules.a-last, entry: {action: voucher, allow: {up_to: 1}}}\n",
    "  - {add: rules.another, entry: {action: voucher, allow: {up_to: 2}}}\n",
    "  - {remove: rules.for-level}\n",
    "  - {add: checks.voucher.b, entry: {need: order.days > 1}}\n",
    "  - {add: checks.voucher.a, entry: {need: order.days > 2}}\n",
)


def test_the_order_of_edits_changes_nothing(folder: Path) -> None:
    orders = list(permutations(EDITS))[::71]
    assert len({hashed(folder, "".join(order)) for order in orders}) == 1


@pytest.mark.parametrize(
    "edits",
    [
        "  - {set: params.limit, to: 25}\n  - {set: params.limit, to: 20}\n",
        "  - {add: params.new, entry: 1}\n  - {remove: params.new}\n",
        "  - {remove: authority.ai.voucher}\n  - {add: authority.ai.voucher, entry: 5}\n",
        "  - {remove: rules.for-late}\n"
        "  - {add: rules.for-late, entry: {action: voucher, when: late, allow: {up_to: params.limit}}}\n",
        "  - {remove: tables.gift.rows, where: {level: gold}}\n"
        "  - {add: tables.gift.rows, entry: {gift: 10, level: gold}}\n",
    ],
)
def test_edits_that_cancel_out_leave_the_pack_itself(folder: Path, edits: str) -> None:
    assert hashed(folder, edits) == load_release(folder).policy.pack.release


def test_some_edits_can_be_made_alone(folder: Path) -> None:
    both = "  - {set: params.limit, to: 25}\n  - {replace: authority.agent.voucher, with: 7}\n"
    assert [amount(made(folder, both, chosen)) for chosen in ((), (0,), (1,), (0, 1))] == [
        "20.00", "25.00", "7.00", "7.00",
    ]  # fmt: skip


def test_a_patch_is_made_on_top_of_another(folder: Path) -> None:
    first, second = folder.parent / "first.yaml", folder.parent / "second.yaml"
    first.write_text(f"{HEADER}  - {{add: params.extra, entry: 4}}\n", encoding="utf-8")
    second.write_text(
        f"{HEADER}  - {{replace: rules.for-late.allow.up_to, with: params.limit + params.extra}}\n", encoding="utf-8"
    )
    base, patch = (read_patch(file, Diagnostics()) for file in (first, second))
    assert amount(patched(folder, patch, base=base)) == "24.00"


def test_an_edit_may_be_of_a_pack_that_is_used_but_not_of_its_authority(tmp_path: Path) -> None:
    write_pack(tmp_path / "shared", "params: {most: 9}\nauthority: {ai: {call: true}}\n", facts="type: object\n")
    using = "uses: [shared]\nactions: {call: {}}\nrules: [{id: a, action: call, when: params.most > 3, allow: true}]\n"
    folder = write_pack(tmp_path / "tiny", using)
    assert policy(folder, "  - {set: params.most, to: 4}\n").pack.parameters[0].values[0][1].text == "4"
    (one,) = said(folder, "  - {remove: authority.ai.call}\n")
    assert "unknown-entry" in one


def test_translations_go_with_what_they_translate(tmp_path: Path) -> None:
    german = "language: de\nrules:\n  for-late: {title: Bei Verspätung}\n  voucher.too_late: {title: Zu spät}\n"
    folder = write_pack(tmp_path / "tiny", PACK, texts_de=german)
    pack = policy(folder, "  - {remove: rules.for-late}\n  - {remove: checks.voucher.too_late}\n").pack
    assert pack.translations == ()


@pytest.mark.parametrize(
    ("edits", "finds"),
    [
        (
            "  - {set: params.limits, to: 25}\n",
            "tried.yaml:4:11: unknown-entry: the pack has no `params.limits`; did you mean `params.limit`?",
        ),
        (
            "  - {remove: rules.for-lat}\n",
            "tried.yaml:4:14: unknown-entry: the pack has no `rules.for-lat`; did you mean `rules.for-late`?",
        ),
        (
            "  - {remove: rules.for-late.wen}\n",
            "tried.yaml:4:14: unknown-entry: the pack has no `rules.for-late.wen`; did you mean `rules.for-late.when`?",
        ),
        (
            "  - {remove: checks.voucher.too_lat}\n",
            "tried.yaml:4:14: unknown-entry: the pack has no `checks.voucher.too_lat`; "
            "did you mean `checks.voucher.too_late`?",
        ),
        (
            "  - {add: rules.for-lat.unless, entry: late}\n",
            "tried.yaml:4:11: unknown-entry: the pack has no `rules.for-lat`; did you mean `rules.for-late`?",
        ),
        (
            "  - {add: params.limit, entry: 25}\n",
            "tried.yaml:4:11: entry-exists: the pack has `params.limit` already; "
            "write `replace` and `with`, or choose another name",
        ),
        (
            "  - {add: params.limit.2025-01-01, entry: 25}\n",
            "tried.yaml:4:11: unknown-entry: the pack has no `params.limit.2025-01-01`; did you mean `params.limit`?",
        ),
        (
            "  - {remove: tables.gift.rows, where: {level: iron}}\n",
            "tried.yaml:4:39: ambiguous-row: no rows of the table have these cells; "
            "name cells that only the row has that is meant",
        ),
        (
            "  - {remove: rules.refund, where: {id: refund}}\n",
            "tried.yaml:4:28: unknown-key: `where` selects a row, and the path goes through none; "
            "leave it out, or name `tables.<table>.rows` under `replace` or `remove`",
        ),
        (
            "  - {add: rules.new, entry: {id: other, action: voucher, allow: true}}\n",
            "tried.yaml:4:34: not-allowed-value: `id` says otherwise than the path; "
            "leave it out: the path names the entry",
        ),
        (
            "  - {id: a, set: params.limit, to: 1}\n  - {id: a, set: params.limit, to: 2}\n",
            "tried.yaml:5:5: name-clash: edit `a` is written twice; give each its own id",
        ),
    ],
)
def test_an_edit_that_cannot_be_made_is_reported_where_it_stands(folder: Path, edits: str, finds: str) -> None:
    assert said(folder, edits) == [finds]


def test_cells_that_several_rows_have_select_none(tmp_path: Path) -> None:
    rows = "[{level: gold, days: '< 3', fee: 5}, {level: gold, days: '>= 3', fee: 6}, {level: silver, fee: 5}]"
    table = (
        f"tables: {{fee: {{inputs: {{level: order.level, days: order.days}}, outputs: {{fee: int}}, rows: {rows}}}}}\n"
    )
    rule = "actions: {call: {}}\nrules: [{id: a, action: call, when: tables.fee > 1, allow: true}]\n"
    folder = write_pack(tmp_path / "tiny", table + rule)
    (one,) = said(folder, "  - {remove: tables.fee.rows, where: {level: gold}}\n")
    assert "ambiguous-row: 2 rows of the table have these cells" in one


def test_no_row_is_added_where_order_decides(tmp_path: Path) -> None:
    table = "tables: {fee: {inputs: {level: order.level}, outputs: {fee: int}, hit: first, rows: [{fee: 5}]}}\n"
    rule = "actions: {call: {}}\nrules: [{id: a, action: call, when: tables.fee > 1, allow: true}]\n"
    (one,) = said(write_pack(tmp_path / "tiny", table + rule), "  - {add: tables.fee.rows, entry: {fee: 4}}\n")
    assert one.endswith("in a table with `hit: first` the order decides; replace `tables.fee.rows` as a whole")


def test_a_patch_is_of_its_own_pack(folder: Path) -> None:
    file = folder.parent / "tried.yaml"
    file.write_text("patch: tried\npack: other\nedits:\n  - {remove: rules.refund}\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"tried\.yaml:2:7: other-pack: the patch is of pack `other`, and this is"):
        patched(folder, read_patch(file, Diagnostics()))


@pytest.mark.parametrize(
    ("edit", "finds"),
    [
        (
            "{replace: rules.for-late.when, with: order.dayz > 3}",
            "tried.yaml:5:42: unknown-fact: rule `for-late` reads unknown fact `order.dayz`; "
            "did you mean `order.days`?",
        ),
        (
            "{replace: define.late, with: order.dayz > 3}",
            "tried.yaml:5:34: unknown-fact: definition `late` reads unknown fact `order.dayz`; "
            "did you mean `order.days`?",
        ),
        (
            "{replace: actions.voucher.company_cost, with: amout}",
            "tried.yaml:5:51: unknown-fact: action `voucher` reads unknown fact `amout`; did you mean `amount`?",
        ),
        (
            "{replace: rules.for-late, with: {action: voucher, wen: late, allow: {up_to: 1}}}",
            "tried.yaml:5:55: unknown-key: rule `for-late`: unknown key `wen`; did you mean `when`?",
        ),
        (
            "{add: rules.c, entry: {action: vouch, allow: true}}",
            "tried.yaml:5:36: unknown-action: rule `c` names unknown action `vouch`; did you mean `voucher`?",
        ),
    ],
)
def test_what_is_wrong_with_new_text_is_reported_where_the_patch_writes_it(folder: Path, edit: str, finds: str) -> None:
    before = "  - {add: rules.b, entry: {action: voucher, allow: {up_to: 1}}}\n"
    assert said(folder, f"{before}  - {edit}\n") == [finds]


@pytest.mark.parametrize(
    "edits",
    [
        "  - {add: rules.b, entry: {id: [b]}}\n  - {remove: rules.refund}\n",
        "  - {replace: rules.refund, with: 5}\n  - {add: rules.b, entry: 5}\n",
        "  - {replace: checks.refund.no_total, with: {reason: [a]}}\n  - {remove: checks.voucher.too_late}\n",
        "  - {replace: tables.gift.rows, with: 5}\n  - {add: tables.gift.rows, entry: {gift: 1}}\n",
        "  - {replace: tables.gift, with: 5}\n  - {add: tables.gift.rows, entry: {gift: 1}}\n",
        "  - {remove: checks.refund.no_total.reason}\n  - {add: checks.refund, entry: [1]}\n",
    ],
)
def test_edits_upon_an_edit_of_the_wrong_shape_are_refused(folder: Path, edits: str) -> None:
    assert said(folder, edits)


def test_warnings_about_new_text_are_given(folder: Path) -> None:
    release = made(folder, "  - {add: rules.b, entry: {action: voucher, when: 1 > 2, allow: {up_to: 1}}}\n")
    assert [one.mark.file for one in release.warnings if one.code == "never-applies"] == [
        (folder.parent / "tried.yaml").as_posix()
    ]


@pytest.mark.parametrize(
    "text", ["patch: a\npack: tiny\n", f"{HEADER}  - {{set: rules.a, to: 1}}\n", f"{HEADER}  - {{}}\n"]
)
def test_a_file_that_is_no_patch_is_refused(folder: Path, text: str) -> None:
    file = folder.parent / "tried.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=r"tried\.yaml"):
        read_patch(file, Diagnostics())


@pytest.mark.parametrize("name", CANDIDATES)
def test_each_edit_of_the_candidates_checks_alone_and_with_the_others(name: str) -> None:
    patch = read_patch(ROOT / "simulations" / "telecom" / f"{name}.yaml", Diagnostics())
    folder = ROOT / "rules" / "telecom"
    releases = [patched(folder, patch, chosen) for chosen in (*((one,) for one in range(len(patch.edits))), None)]
    assert len({release.policy.pack.release for release in releases}) == len(patch.edits) + 1
    assert [release.warnings for release in releases if release.warnings] == []


def test_the_earlier_airline_gave_three_free_bags_and_let_flown_trips_change_cabin() -> None:
    folder = ROOT / "rules" / "airline"
    earlier = patched(folder, read_patch(ROOT / "simulations" / "airline" / "earlier.yaml", Diagnostics())).policy.pack
    present = load_release(folder).policy.pack
    assert {rule.id for rule in present.rules} - {rule.id for rule in earlier.rules} == {
        "change_cabin.segment_already_flown"
    }
    bags = [[row.outputs[0][1].text for row in pack.tables[0].rows] for pack in (earlier, present)]
    assert bags == [list("012123233"), list("012123234")]
