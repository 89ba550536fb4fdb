"""Packs: which there are, what can be asked of each, by which rules it decides, and what is wrong with a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson
from flask import Blueprint, Response

from api.access.caller import SCOPES
from api.access.problems import NotForYou
from api.facts_schema import facts_schema
from api.serving import folders
from api.serving.checking import DraftsWait, DraftTooLarge, checked
from api.serving.live import State
from api.serving.showing import listed, rules_of, told
from api.web.bodies import asked_for, body_of
from api.web.operations import answered, caller, operation
from api.web.problems import Refusal
from api.web.service import service
from engine.release import Release
from schemas.packs import Checked, Draft, Packs, PackTold, Rules

bp: Final = Blueprint("packs", __name__)
SCHEMA: Final = "application/schema+json"
PACK: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
"""What a pack, and so its folder, may be called."""


@bp.get("/v1/packs")
@operation(*SCOPES, gives={200: Packs})
def list_all() -> Response:
    """List the packs that decide, each with the release that is live."""
    asked_for()
    names = sorted(filter(caller().has_pack, service().packs.desks))
    return answered(Packs(packs=tuple(listed(*_live(name)) for name in names)))


@bp.get("/v1/packs/<pack>")
@operation(*SCOPES, gives={200: PackTold}, problems=(404,))
def read(pack: str) -> Response:
    """Tell what can be asked of a pack, and who decides; authors are told what is wrong with newer files."""
    asked_for()
    state, release = _live(pack)
    return answered(told(state, release, not caller().scopes.isdisjoint({"author", "admin"})))


@bp.get("/v1/packs/<pack>/facts.schema.json")
@operation(*SCOPES, gives={200: SCHEMA}, problems=(404,))
def facts(pack: str) -> Response:
    """Give the facts that a pack reads as JSON Schema, with how to ask for each."""
    asked_for()
    _, release = _live(pack)
    return Response(orjson.dumps(facts_schema(release.policy.pack)), content_type=SCHEMA)


@bp.get("/v1/packs/<pack>/rules")
@operation(*SCOPES, gives={200: Rules}, problems=(404,))
def rules(pack: str) -> Response:
    """Tell the rules of a pack in plain words, each with its source."""
    asked_for()
    _, release = _live(pack)
    return answered(rules_of(release.policy.pack))


@bp.post("/v1/packs/<pack>:check")
@operation("author", takes=Draft, gives={200: Checked}, problems=(404, 413, 503))
def check(pack: str) -> Response:
    """Say what is wrong with a draft of a pack: all that `leeway check` finds; it does not go live."""
    asked_for()
    if not caller().has_pack(pack) or not PACK.fullmatch(pack):
        raise NotForYou("pack")
    files = body_of(Draft).files
    try:
        found = checked(pack, files, _beside(pack))
    except DraftTooLarge:
        help = "check a smaller one, or use `leeway check`, which has all the time that you give it"
        raise Refusal(413, "to check the draft takes too long", help, "draft-too-large") from None
    except DraftsWait:
        raise Refusal(503, "other drafts are being checked", "send it again a moment later", retry_after=5) from None
    return answered(Checked(fine=all(one.severity != "error" for one in found), findings=found))


def _live(pack: str) -> tuple[State, Release]:
    """Return a pack that decides, with its release; raise `NotForYou` where there is none for the caller."""
    state = service().packs.state(pack)
    if state is None or state.release is None or not caller().has_pack(pack):
        raise NotForYou("pack")
    return state, state.release


def _beside(pack: str) -> Mapping[str, Path]:
    """Return the folders of the packs that a draft may use: the caller's own, and those that are used already."""
    found = service()
    state = found.packs.state(pack)
    used = set() if state is None or state.release is None else {one.name for one in state.release.policy.pack.used}
    there = folders.lying(found.settings.packs)
    return {
        name: folder for name, folder in there.items() if name != pack and (caller().has_pack(name) or name in used)
    }
