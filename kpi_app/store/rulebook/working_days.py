"""China's working days as the State Council's notices set them: what the office enters above the built-in calendar."""

from dataclasses import dataclass
from datetime import date, timedelta

from data_contracts.contract import Problem, contract_of
from kpi_app import access
from kpi_app.access import Forbidden, Right
from kpi_app.store.database import Database
from kpi_app.store.months import deadlines
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts, imports, reach
from metrics.working_time import FIRST_DAY, known_until

CONTRACT = "calendar_days"
LONGEST = 31
"""So many days at most are entered at once: the longest holiday is shorter, a slip of the year is longer."""


@dataclass(frozen=True, kw_only=True)
class EnteredDay:
    """A day that was entered, and ``was_working``: what the built-in calendar says of it."""

    falls_on: date
    is_working: bool
    was_working: bool
    notice: str
    import_id: int

    def as_json(self) -> dict[str, object]:
        """The day as a row."""
        return {**vars(self), "falls_on": self.falls_on.isoformat()}


def set_(db: Database, who: access.Identity, first: date, last: date, *, is_working: bool, notice: str) -> int:
    """Say of every day from one to another that it is worked, or not; the number of the import that holds it.

    It stands above what was entered before, in deadlines and in the metrics that count working days. Raises Forbidden
    for who may not import what holds for every store, Problem for days out of order, too many or too early, and
    without the notice.
    """
    access.require(who, Right.IMPORT)
    contract = contract_of(CONTRACT)
    if reach.is_limited(who, contract):
        raise Forbidden(Right.IMPORT_ALL, who)
    notice = notice.strip()
    if not notice:
        raise Problem("请写明放假通知的文号。", "Name the notice that says so.")
    count = (last - first).days + 1
    if not 0 < count <= LONGEST or first < FIRST_DAY:
        raise Problem(
            f"{first} 到 {last} 不是一段可以录入的日期；一次最多 {LONGEST} 天，不早于 {FIRST_DAY}。",
            f"{first} to {last} cannot be entered: at most {LONGEST} days at once, none before {FIRST_DAY}.",
        )
    days = [first + timedelta(days=n) for n in range(count)]
    rows = [{"falls_on": day, "is_working": is_working, "notice": notice} for day in days]
    with db.write() as conn:
        import_id = imports.entered(db, conn, who, contract, rows)
        about = {"from": first.isoformat(), "until": last.isoformat(), "is_working": is_working, "notice": notice}
        audit.note(db, conn, who, "calendar.set", import_id=import_id, **about)
    return import_id


def listing(db: Database, year: int | None = None) -> list[EnteredDay]:
    """The days that were entered, of one year or all, in order."""
    rows = facts.load(db)[CONTRACT].sort("falls_on").collect()
    return [
        EnteredDay(
            falls_on=row["falls_on"],
            is_working=row["is_working"],
            was_working=deadlines.is_working_day(row["falls_on"], ()),
            notice=row["notice"],
            import_id=row["_import_id"],
        )
        for row in rows.iter_rows(named=True)
        if year in (None, row["falls_on"].year)
    ]


def last_known_year(db: Database) -> int:
    """The last year whose make-up days are known: built in, or entered."""
    with db.read() as conn:
        return known_until(deadlines.entered(db, conn))
