"""A file that goes back to its office with what was wrong in it."""

from collections.abc import Sequence

from kpi_app import access
from kpi_app.access import Right
from kpi_app.exports.tables import exported_text
from kpi_app.intake.annotated import Remark, copy
from kpi_app.intake.read import Incoming, Limits, read
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rows.reports import FileReport


def annotated(db: Database, who: access.Identity, file: Incoming, reports: Sequence[FileReport], *, lang: str) -> bytes:
    """A workbook with the file's cells as they were read and, on each refused one, a comment: why, and what to do.

    The store keeps no uploaded bytes: whoever still has the file gets this. Raises Problem where it cannot be read.
    """
    access.require(who, Right.IMPORT)
    said = 1 if lang == "en" else 0
    remarks = [
        Remark(sheet=it.sheet, row=it.row, column=it.column, words=f"{it.reason[said]}\n{it.remedy[said]}")
        for report in reports
        for it in report.errors
    ]
    limits = Limits(memory_mb=db.settings.parse_memory_mb, seconds=db.settings.parse_seconds)
    made = copy(read(file, limits), remarks, exported_text(who.name, db.settings.now_local()))
    audit.seen(db, who, "import.annotated", file=file.name, remarks=len(remarks))
    return made
