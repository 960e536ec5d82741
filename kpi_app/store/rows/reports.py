"""What an import tells the office: what became of each file, and why a cell was refused; as it is said and as kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Text
from kpi_app.store import tables


@dataclass(frozen=True, kw_only=True)
class Error:
    """A refused cell; a refused sheet or file where ``row`` is None."""

    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    reason: Text
    remedy: Text


@dataclass(kw_only=True)
class FileReport:
    """What became of one file's rows of one contract: accepted + refused + ignored = rows.

    ``unchanged`` of the accepted rows were there already. Where ``is_refused``, nothing of them was taken in.
    ``newest`` is the latest moment that dates one of its rows. ``first_rows`` are accepted ones, of a check only.
    """

    file: str
    bytes: int = 0
    sha256: str = ""
    contract: str | None = None
    newest: datetime | None = None
    rows: int = 0
    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    ignored: int = 0
    import_id: int | None = None
    is_refused: bool = False
    errors: list[Error] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    first_rows: pl.DataFrame | None = field(default=None, compare=False)

    def refuse(self, *errors: Error) -> None:
        """Take nothing of it in: every row that was not ignored is refused."""
        self.is_refused = True
        self.errors.extend(errors)
        self.accepted, self.unchanged, self.refused = 0, 0, self.rows - self.ignored

    def as_json(self, lang: str) -> dict[str, Any]:
        """The published shape, in Chinese or English."""
        said = 1 if lang == "en" else 0
        return {
            **{name: getattr(self, name) for name in ("file", "contract", *COUNTS, "import_id", "is_refused")},
            "notes": [note[said] for note in self.notes],
            "errors": [
                {
                    "sheet": error.sheet,
                    "row": error.row,
                    "column": error.column,
                    "value": error.value,
                    "reason": error.reason[said],
                    "remedy": error.remedy[said],
                }
                for error in self.errors
            ],
        }


COUNTS = ("rows", "accepted", "unchanged", "refused", "ignored")


def store(conn: sa.Connection, reports: list[FileReport]) -> None:
    """Keep the reports of an import. Values refused in a confidential contract are not kept."""
    for position, report in enumerate(reports):
        kept = ("import_id", "file", "bytes", "sha256", "contract", "newest", *COUNTS, "is_refused")
        conn.execute(
            sa.insert(tables.import_files).values(
                position=position, notes=report.notes, **{name: getattr(report, name) for name in kept}
            )
        )
        is_confidential = report.contract is not None and CONTRACTS[report.contract].is_confidential
        rows = [
            {
                "import_id": report.import_id,
                "position": position,
                "number": number,
                "sheet": error.sheet,
                "row": error.row,
                "column": error.column,
                "value": "***" if is_confidential and error.value else error.value,
                "reason_zh": error.reason.zh,
                "reason_en": error.reason.en,
                "remedy_zh": error.remedy.zh,
                "remedy_en": error.remedy.en,
            }
            for number, error in enumerate(report.errors)
        ]
        if rows:
            conn.execute(sa.insert(tables.refusals), rows)


def stored(conn: sa.Connection, import_id: int) -> list[FileReport]:
    """The reports of an import as they were kept."""
    it = tables.import_files.c
    found = conn.execute(sa.select(tables.import_files).where(it.import_id == import_id).order_by(it.position)).all()
    return [_report(conn, row) for row in found]


def _report(conn: sa.Connection, row: sa.Row[Any]) -> FileReport:
    values = {name: value for name, value in row._mapping.items() if name not in ("position", "notes")}
    return FileReport(
        **values,
        notes=[Text(*note) for note in row.notes],
        errors=list(_errors(conn, row.import_id, row.position)),
    )


def _errors(conn: sa.Connection, import_id: int, position: int) -> Iterator[Error]:
    it = tables.refusals.c
    query = sa.select(tables.refusals).where(it.import_id == import_id, it.position == position).order_by(it.number)
    for row in conn.execute(query):
        yield Error(
            sheet=row.sheet,
            row=row.row,
            column=row.column,
            value=row.value,
            reason=Text(row.reason_zh, row.reason_en),
            remedy=Text(row.remedy_zh, row.remedy_en),
        )
