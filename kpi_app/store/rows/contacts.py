"""Phone numbers, apart from the facts: a keyed hash to find the same customer by, and a masked form to show.

Like the facts they have a history: an entry holds from the import that brought it until the one that changed it.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Contract
from kpi_app.store import tables

CHUNK = 500


class Contact(NamedTuple):
    """The phone number on one row of a contract; ``key`` is the row's key as a JSON list."""

    contract: str
    key: str
    phone_hash: str
    phone_masked: str


def of(rows: pl.DataFrame, contract: Contract, secret: bytes) -> list[Contact]:
    """The phone numbers on typed rows; rows without one leave what is known as it is."""
    phones = [name for name, cell in contract.cells.items() if cell.kind == "phone"]
    if not phones:
        return []
    (phone,) = phones
    filled = rows.filter(pl.col(phone).is_not_null()).select(*contract.key, phone)
    return [
        Contact(contract.name, json.dumps(key, ensure_ascii=False, default=str), hashed(number, secret), masked(number))
        for *key, number in filled.iter_rows()
    ]


def hashed(phone: str, secret: bytes) -> str:
    """HMAC-SHA256: without the key, all eleven digits cannot be tried out."""
    return hmac.new(secret, phone.encode(), hashlib.sha256).hexdigest()


def masked(phone: str) -> str:
    """``138****1234``; of a short number only the last digits."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else f"****{phone[-2:]}"


def changed(conn: sa.Connection, contacts: Sequence[Contact]) -> list[Contact]:
    """Those that differ from what is known now."""
    it = tables.contacts.c
    known: set[Contact] = set()
    for start in range(0, len(contacts), CHUNK):
        chunk = contacts[start : start + CHUNK]
        query = sa.select(it.contract, it.key, it.phone_hash, it.phone_masked).where(
            it.contract == chunk[0].contract, it.key.in_([contact.key for contact in chunk]), it.until_import.is_(None)
        )
        known.update(Contact(*row) for row in conn.execute(query))
    return [contact for contact in contacts if contact not in known]


def record(conn: sa.Connection, import_id: int, contacts: Sequence[Contact]) -> None:
    """Let these hold from an import on."""
    if not contacts:
        return
    it = tables.contacts.c
    conn.execute(
        sa.update(tables.contacts)
        .where(it.contract == sa.bindparam("of_contract"), it.key == sa.bindparam("of_key"), it.until_import.is_(None))
        .values(until_import=import_id),
        [{"of_contract": contact.contract, "of_key": contact.key} for contact in contacts],
    )
    conn.execute(sa.insert(tables.contacts), [{**contact._asdict(), "since_import": import_id} for contact in contacts])


def undo(conn: sa.Connection, import_id: int, undone_by: int) -> None:
    """Let what an import changed hold again as before, where no later import has changed it since."""
    it = tables.contacts.c
    before = tables.contacts.alias()
    brought = sa.and_(it.since_import == import_id, it.until_import.is_(None))
    earlier = (
        sa.select(before.c.contract, before.c.key, sa.literal(undone_by), before.c.phone_hash, before.c.phone_masked)
        .join(tables.contacts, sa.and_(it.contract == before.c.contract, it.key == before.c.key))
        .where(brought, before.c.until_import == import_id)
    )
    again = list(conn.execute(earlier))
    conn.execute(sa.update(tables.contacts).where(brought).values(until_import=undone_by))
    if again:
        names = ("contract", "key", "since_import", "phone_hash", "phone_masked")
        conn.execute(sa.insert(tables.contacts), [dict(zip(names, row, strict=True)) for row in again])
