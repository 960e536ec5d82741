"""The roster as HR keeps it: who holds which post from when to when, and what pay and minimum wage are known."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from data_contracts.contract import Problem, Text, contract_of
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.exports.tables import exported_text
from kpi_app.intake import templates
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from metrics.credit import Facts

State = Literal["active", "coming", "left"]
STATES: dict[State, Text] = {
    "active": Text("在岗", "in office"),
    "coming": Text("待到岗", "coming"),
    "left": Text("已离岗", "left"),
}
"""Where a post stands on the day asked for → how it is called."""

EDITED = ("people", "pay_profiles")
"""What HR takes out, changes and imports again."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A post and what is known of the pay of who holds it. Fen; null where nothing is in force on the day.

    ``changes_on`` is the first day after it from which another pay profile is on record.
    """

    person_id: str
    person_name: str
    store_id: str
    store_name: str
    department: str
    role: str
    team_id: str
    team_name: str | None
    share_bp: int
    since: date
    until: date | None
    hired_on: date | None
    left_on: date | None
    protected_until: date | None
    is_leader: bool | None
    state: State
    city: str | None
    profile_since: date | None
    performance_base_fen: int | None
    other_pay_fen: int | None
    contract_wage_fen: int | None
    has_loss_clause: bool | None
    changes_on: date | None
    minimum_wage_fen: int | None
    minimum_since: date | None

    @property
    def findings(self) -> list[Text]:
        """What HR should see to."""
        if self.state == "left":
            return []
        found = []
        if self.profile_since is None and self.changes_on is None:
            found.append(Text("无薪资基数", "no pay profile"))
        elif self.profile_since is not None and self.performance_base_fen is None:
            found.append(Text("无绩效基数", "no performance base"))
        if self.city is None:
            found.append(Text("门店未填城市", "the store names no city"))
        elif self.minimum_wage_fen is None:
            found.append(Text(f"无{self.city}最低工资", f"no minimum wage of {self.city}"))
        elif self.contract_wage_fen is not None and self.contract_wage_fen < self.minimum_wage_fen:
            found.append(Text("合同工资低于最低工资", "contract wage below the minimum"))
        return found

    def as_json(self, lang: str) -> dict[str, Any]:
        """The post as a row; dates as ISO text, findings in one language."""
        said = 1 if lang == "en" else 0
        values = {name: it.isoformat() if isinstance(it, date) else it for name, it in asdict(self).items()}
        return {**values, "findings": [it[said] for it in self.findings]}


def listing(db: Database, who: access.Identity, on: date, *, unit: str | None = None) -> list[Entry]:
    """Every post in reach as it stands on a day, those held first. The look is noted in the audit.

    Raises Forbidden without the right to pay profiles, or to any pay of the unit.
    """
    access.require(who, Right.CONFIDENTIAL)
    rows = facts.load(db)
    found = [_entry(row, on) for row in _posts(rows, on).iter_rows(named=True) if _reaches(who, row, unit)]
    if not found and unit is not None:
        access.require(who, Right.PAY, posts=[Post(store_id=unit)])
    order = list(STATES)
    found.sort(key=lambda it: (order.index(it.state), it.store_id, it.department, it.team_id, it.person_id, it.since))
    audit.seen_pay(db, who, "roster.read", (it.person_id for it in found), unit=unit, as_of=on.isoformat())
    return found


def to_edit(db: Database, who: access.Identity, contract: str, *, unit: str | None = None) -> bytes:
    """The posts or the pay profiles in reach as a workbook that :func:`kpi_app.store.rows.imports.run` takes back.

    Raises Forbidden without the rights to pay profiles and to export, Problem for another contract.
    """
    access.require(who, Right.CONFIDENTIAL)
    if Right.EXPORT not in who.rights:
        raise access.Forbidden(Right.EXPORT, who)
    if contract not in EDITED:
        raise Problem(
            f"只能导出 {'、'.join(EDITED)}，没有 {contract}。",
            f"There are {', '.join(EDITED)} to take, not {contract}.",
        )
    rows = facts.load(db)
    people = rows["people"].collect()
    posts: dict[str, list[Post]] = {}
    for row in people.filter(pl.lit(True) if unit is None else pl.col("store_id") == unit).iter_rows(named=True):
        posts.setdefault(row["person_id"], []).append(_post(row))
    in_reach = {
        person_id for person_id, held in posts.items() if access.may(who, Right.EXPORT, person_id=person_id, posts=held)
    }
    kept = rows[contract].filter(pl.col("person_id").is_in(sorted(in_reach))).sort("person_id", "since").collect()
    if contract == "people":
        reached = [access.may(who, Right.EXPORT, posts=[_post(row)]) for row in kept.iter_rows(named=True)]
        kept = kept.filter(pl.Series(reached, dtype=pl.Boolean))
    audit.seen(db, who, "roster.export", kind=contract, unit=unit, rows=str(kept.height))
    exported = exported_text(who.name, db.settings.now_local())
    return templates.template(contract_of(contract), kept.to_dicts(), exported=exported)


def _reaches(who: access.Identity, row: dict[str, Any], unit: str | None) -> bool:
    return unit in (None, row["store_id"]) and access.may(
        who, Right.PAY, person_id=row["person_id"], posts=[_post(row)]
    )


def _post(row: dict[str, Any]) -> Post:
    return Post(row["store_id"], f"{row['store_id']}/{row['department']}", row["team_id"])


def _posts(rows: Facts, on: date) -> pl.DataFrame:
    """The posts with their store, the pay profile in force on the day, the next one, and the city's minimum wage."""
    profiles = rows["pay_profiles"].sort("since")
    now = profiles.filter(pl.col("since") <= on).unique("person_id", keep="last", maintain_order=True)
    to_come = profiles.filter(pl.col("since") > on).group_by("person_id").agg(changes_on=pl.col("since").min())
    wages = rows["minimum_wages"].sort("since").filter(pl.col("since") <= on)
    minimum = wages.unique("city", keep="last", maintain_order=True)
    paid = ("performance_base_fen", "other_pay_fen", "contract_wage_fen", "has_loss_clause")
    return (
        rows["people"]
        .join(rows["stores"].select("store_id", "store_name", "city"), on="store_id", how="left")
        .join(now.select("person_id", *paid, profile_since="since"), on="person_id", how="left")
        .join(to_come, on="person_id", how="left")
        .join(minimum.select("city", minimum_wage_fen="amount_fen", minimum_since="since"), on="city", how="left")
        .collect()
    )


def _entry(row: dict[str, Any], on: date) -> Entry:
    ends = [day for day in (row["until"],) if day is not None and day <= on]
    ends += [day for day in (row["left_on"],) if day is not None and day < on]
    state: State = "left" if ends else "coming" if row["since"] > on else "active"
    values = {name: row[name] for name in Entry.__dataclass_fields__ if name != "state"}
    return Entry(**values, state=state)
