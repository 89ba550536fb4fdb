"""Ledgers that somebody tampers with: drawn at random, changed at random, verified, and put back."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ledgers import BEGINNING, Place, contact, grant
from sqlalchemy import Connection, delete, insert, select, text, update

from api.ledger.chain import GENESIS, LATER, link
from api.ledger.checkpoints import Checkpoint, checkpoint
from api.ledger.connecting import Database, database
from api.ledger.signing import Signer, open_signer
from api.ledger.tables import checkpoints, events
from api.ledger.verifying import Report, verify
from schemas.events import DecisionEvent, FeedbackEvent

Row = dict[str, Any]


@dataclass(frozen=True)
class Tampered:
    """A ledger, as it was before anything was done to it."""

    database: Database
    signer: Signer
    rows: list[Row]
    statements: list[Row]
    witness: tuple[Checkpoint, ...]
    signed: int
    """The last `seq` that is signed."""

    def verified(self, witness: bool = False) -> Report:
        return verify(self.database, self.signer.trusted, self.witness if witness else None)

    def put_back(self) -> None:
        with self.database.reading.begin() as connection:
            connection.execute(delete(events))
            connection.execute(insert(events), self.rows)
            connection.execute(delete(checkpoints))
            connection.execute(insert(checkpoints), self.statements)


def drawn(place: Place, draw: random.Random, size: int = 40) -> Tampered:
    """Return a ledger of several writers and customers, with checkpoints here and there, its end unsigned."""
    signer = open_signer(place.folder / "signing.pem")
    witness, left, number = [], size, 0
    while left:
        ledger = place.open()
        for _ in range(min(left, draw.randint(6, size // 2))):
            left, number = left - 1, number + 1
            ledger.append([happening(draw, number)])
            if draw.random() < 0.1 and left > 3:
                witness.append(checkpoint(ledger.database, signer, BEGINNING + timedelta(minutes=number)))
    ledger = place.open()
    witness.append(checkpoint(ledger.database, signer, BEGINNING + timedelta(days=1)))
    ledger.append([happening(draw, number + 1 + more) for more in range(4)])
    place.close()
    found = database(place.url)
    place.opened.append(found)  # type: ignore[arg-type] - it is closed when the test ends
    with found.reading.connect() as connection:
        rows = [dict(row) for row in connection.execute(select(events).order_by(events.c.seq)).mappings()]
        statements = [dict(row) for row in connection.execute(select(checkpoints)).mappings()]
    return Tampered(found, signer, rows, statements, tuple(witness), witness[-1].said.seq)


def happening(draw: random.Random, number: int) -> Any:
    """Return an event of some kind about somebody."""
    customer = draw.choice(["ann", "bob", "cid", None])
    match draw.randrange(4):
        case 0:
            return contact(number, customer)
        case 1:
            return grant(number, draw.choice(["5.00", 3, None]), customer=customer, inputs={"bill": f"b-{number}"})
        case 2:
            at = BEGINNING + timedelta(minutes=number)
            return FeedbackEvent(id=f"feedback-{number}", at=at, rule="r-1", helps=draw.choice([True, None]), text="ok")
        case _:
            made = {"release": "r", "action": "credit", "verdict": "approve", "digest": "d", "pack": "tiny"}
            at = BEGINNING + timedelta(minutes=number)
            return DecisionEvent(id=f"decision-{number}", at=at, customer=customer, case={"said": number}, **made)


def undetected(folder: Path, count: int, seed: int, url: Callable[[], str] | None = None) -> list[str]:
    """Return what was done to ledgers without being found, of so many tamperings; each fifty have a ledger anew."""
    draw, missed, ledger = random.Random(seed), [], None
    for number in range(count):
        if number % 50 == 0:
            if ledger is not None:
                ledger.database.close()
            where = folder / f"ledger{number}.db"
            ledger = drawn(Place(url() if url else f"sqlite:///{where}", folder), draw)
            if not ledger.verified().sound or not ledger.verified(witness=True).sound:
                missed.append(f"{number}: {ledger.verified(witness=True).findings[0]}, and nothing was done")
        assert ledger is not None
        done = tamper(ledger, draw)
        if ledger.verified().sound:
            missed.append(f"{number}: {done}")
        ledger.put_back()
    if ledger is not None:
        if not ledger.verified().sound:
            missed.append("what was put back is not what it was")
        ledger.database.close()
    return missed


def tamper(ledger: Tampered, draw: random.Random) -> str:
    """Do one thing to a ledger that is to be found without a witness; return what was done, in words."""
    how = draw.choice(TAMPERINGS)
    with ledger.database.reading.begin() as connection:
        return f"{how.__name__}: {how(ledger, connection, draw)}"


def flip_a_column(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    """Flip a bit of any column; in PostgreSQL, which may leave places out, `seq` counts once it is signed."""
    row = draw.choice(ledger.rows)
    name = draw.choice([column.name for column in events.columns])
    if name == "seq" and row["seq"] > ledger.signed and ledger.database.file is None:
        name = "hash"
    taken = {one[name] for one in ledger.rows}
    empty = {"amount": 1, **dict.fromkeys(LATER, b"x")}
    value = empty[name] if row[name] is None and name in empty else flipped(row[name], draw)
    while value in taken and name in ("seq", "id", "number"):
        value = flipped(row[name], draw)
    connection.execute(update(events).where(events.c.id == row["id"]).values({name: value}))
    return f"{name} of event {row['seq']}: {row[name]!r} is {value!r}"


def garble_a_text(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    """Have a text of a SQLite ledger be no text at all, or a number be one."""
    row = draw.choice(ledger.rows)
    if ledger.database.file is None:
        return flip_a_column(ledger, connection, draw)
    name = draw.choice(
        ["id", "kind", "customer", "writer", "at", "number", "version", "amount", "body", "hash", "prev", *LATER]
    )
    value = draw.choice(["CAST(x'ff41' AS TEXT)", "'x'", "x'01'", "1.5"])
    connection.execute(text(f"UPDATE events SET {name} = {value} WHERE seq = {row['seq']}"))
    return f"{name} of event {row['seq']} is {value}"


def delete_an_event(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    row = draw.choice([row for row in ledger.rows if not cuts_the_end(ledger, row)])
    connection.execute(delete(events).where(events.c.seq == row["seq"]))
    return f"event {row['seq']} of {len(ledger.rows)}, {ledger.signed} signed"


def delete_a_writer(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    writer = draw.choice([row for row in ledger.rows if row["seq"] <= ledger.signed])["writer"]
    connection.execute(delete(events).where(events.c.writer == writer))
    return writer


def forge_an_event(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    """Put an event in the place of another, hashed as it should be, and what its writer wrote next as it was."""
    row = draw.choice([row for row in ledger.rows if not cuts_the_end(ledger, row)])
    forged = {**renamed(row), "seq": row["seq"]}
    forged["hash"] = link(forged["prev"], forged)
    connection.execute(delete(events).where(events.c.seq == row["seq"]))
    connection.execute(insert(events), forged)
    return f"event {row['seq']}"


def add_an_event(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    """Add an event that does not come behind its writer's last, or has another's hash."""
    row = draw.choice(ledger.rows)
    last = max(one["number"] for one in ledger.rows if one["writer"] == row["writer"])
    forged = {**renamed(row), "seq": ledger.rows[-1]["seq"] + 1, "number": last + 1}
    how = draw.choice(["hash", "prev", "number"])
    if how == "number":
        forged["number"] += draw.randint(1, 5)
    if how == "prev":
        forged["prev"] = draw.randbytes(32)
    forged["hash"] = draw.randbytes(32) if how == "hash" else link(forged["prev"], forged)
    connection.execute(insert(events), forged)
    return f"behind the last, {how}"


def insert_between(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    """Insert an event among those that are signed, and hash all that its writer wrote behind it anew."""
    place = draw.randrange(sum(row["seq"] <= ledger.signed for row in ledger.rows))
    forged = renamed(ledger.rows[place])
    rows = [dict(row) for row in ledger.rows]
    rewrite(connection, [*rows[:place], forged, *rows[place:]])
    return f"before event {place + 1}"


def rewrite_an_event(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    """Change an event that is signed, and hash all that its writer wrote behind it anew."""
    place = draw.randrange(sum(row["seq"] <= ledger.signed for row in ledger.rows))
    rows = [dict(row) for row in ledger.rows]
    rows[place] = renamed(rows[place])
    rewrite(connection, rows)
    return f"event {place + 1}"


def swap_two_events(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    one, other = draw.sample(ledger.rows, 2)
    return exchange(connection, one, other, [name for name in one if name != "seq"])


def swap_two_places(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    """Exchange the places of two events in the order, of different writers even, where one of them is signed."""
    one = draw.choice([row for row in ledger.rows if row["seq"] <= ledger.signed])
    other = draw.choice([row for row in ledger.rows if row["seq"] != one["seq"]])
    return exchange(connection, one, other, [name for name in one if name != "seq"])


def swap_bodies(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    one, other = draw.sample(ledger.rows, 2)
    return exchange(connection, one, other, ["body"])


def swap_sealed_parts(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    """Give two customers each other's sealed parts."""
    sealed = [row for row in ledger.rows if b'"sealed"' in row["body"]]
    one = draw.choice(sealed)
    others = [row for row in sealed if row["customer"] != one["customer"]]
    if not others:
        return swap_bodies(ledger, connection, draw)
    other = draw.choice(others)
    bodies = [json.loads(row["body"]) for row in (one, other)]
    bodies[0]["sealed"], bodies[1]["sealed"] = bodies[1]["sealed"], bodies[0]["sealed"]
    for row, body in zip((one, other), bodies, strict=True):
        said = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        connection.execute(update(events).where(events.c.id == row["id"]).values(body=said))
    return f"events {one['seq']} and {other['seq']}"


def swap_later_columns(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    """Give two events each other's case, or each other's gist."""
    name = draw.choice(LATER)
    one = draw.choice([row for row in ledger.rows if row[name] is not None])
    other = draw.choice([row for row in ledger.rows if row[name] != one[name]])
    return f"{name} of {exchange(connection, one, other, [name])}"


def edit_a_checkpoint(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    row = draw.choice(ledger.statements)
    name = draw.choice([column.name for column in checkpoints.columns])
    value = flipped(row[name], draw)
    while name == "id" and value in {one["id"] for one in ledger.statements}:
        value = flipped(row[name], draw)
    connection.execute(update(checkpoints).where(checkpoints.c.id == row["id"]).values({name: value}))
    return f"{name} of checkpoint {row['id']}: {row[name]!r} is {value!r}"


def delete_a_checkpoint(ledger: Tampered, connection: Connection, draw: random.Random) -> str:
    """Delete a checkpoint that another one comes behind; where there is one only, edit it."""
    if len(ledger.statements) == 1:
        return edit_a_checkpoint(ledger, connection, draw)
    row = draw.choice(ledger.statements[:-1])
    connection.execute(delete(checkpoints).where(checkpoints.c.id == row["id"]))
    return f"checkpoint {row['id']} of {len(ledger.statements)}"


TAMPERINGS = (
    flip_a_column,
    flip_a_column,
    flip_a_column,
    garble_a_text,
    delete_an_event,
    delete_a_writer,
    forge_an_event,
    add_an_event,
    insert_between,
    rewrite_an_event,
    swap_two_events,
    swap_two_places,
    swap_bodies,
    swap_sealed_parts,
    swap_later_columns,
    edit_a_checkpoint,
    delete_a_checkpoint,
)


def flipped(value: Any, draw: random.Random) -> Any:
    """Return a value with a bit of it flipped; what was empty is not."""
    match value:
        case None:
            return draw.choice("xyz")
        case int():
            return value ^ (1 << draw.randrange(20))
        case str():
            place = draw.randrange(len(value)) if value else 0
            return (
                value[:place] + chr(ord(value[place]) ^ (1 << draw.randrange(4))) + value[place + 1 :] if value else "x"
            )
        case _:
            raw = bytearray(value)
            raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
            return bytes(raw)


def cuts_the_end(ledger: Tampered, row: Mapping[str, Any]) -> bool:
    """Return whether nobody could tell that an event is gone or another: nothing names it."""
    if row["seq"] <= ledger.signed:
        return False
    return not any(one["writer"] == row["writer"] and one["number"] > row["number"] for one in ledger.rows)


def renamed(row: Mapping[str, Any]) -> Row:
    """Return an event that says the same under another id."""
    id = f"{row['id']}-forged"
    return {**row, "id": id, "body": json.dumps({**json.loads(row["body"]), "id": id}).encode()}


def rewrite(connection: Connection, rows: list[Row]) -> None:
    """Put these events in the place of all, each hashed behind the one before it."""
    heads: dict[str, tuple[int, bytes]] = {}
    for seq, row in enumerate(rows, 1):
        number, prev = heads.get(row["writer"], (0, GENESIS))
        row.update(seq=seq, number=number + 1, prev=prev)
        row["hash"] = link(prev, row)
        heads[row["writer"]] = (row["number"], row["hash"])
    connection.execute(delete(events))
    connection.execute(insert(events), rows)


def exchange(connection: Connection, one: Row, other: Row, names: list[str]) -> str:
    """Exchange columns of two events."""
    connection.execute(delete(events).where(events.c.seq.in_([one["seq"], other["seq"]])))
    for here, there in ((one, other), (other, one)):
        connection.execute(insert(events), {**here, **{name: there[name] for name in names}})
    return f"events {one['seq']} and {other['seq']}"
