"""Law profiles in the store: the one that ships applies until a version is uploaded; every upload is kept."""

from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from scorecards import law as profiles
from scorecards.law import Law
from scorecards.money import printed_plain


def load(db: Database, who: access.Identity, toml_text: str) -> Law:
    """Load a version of a region's profile, as an administrator; the same text again changes nothing.

    It applies from its month on to months that are not handed in. Raises LawError with everything found wrong,
    Problem where another region names one of its cities already.
    """
    access.require(who, access.Right.PLANS)
    found = profiles.read(toml_text)
    with db.write() as conn:
        before = loaded(conn)
        same = [law for law in before if (law.region, law.since) == (found.region, found.since)]
        if same and same[-1].digest == found.digest:
            return found
        for other in before:
            shared = sorted(set(other.cities) & set(found.cities))
            if other.region != found.region and shared:
                raise Problem(
                    f"{'、'.join(shared)} 已属于地区 {other.region}；一个城市只能属于一个地区，请改正 cities。",
                    f"{', '.join(shared)} belong to {other.region} already; a city stands in one region only.",
                )
        it = tables.law_versions
        version = (conn.execute(sa.select(sa.func.max(it.c.version))).scalar() or 0) + 1
        conn.execute(
            sa.insert(it).values(
                version=version,
                region=found.region,
                since=found.since,
                text=toml_text,
                sha256=found.digest,
                at=db.settings.now_utc(),
                user_name=who.name,
            )
        )
        audit.note(db, conn, who, "law.load", region=found.region, since=found.since, sha256=found.digest)
    return found


def loaded(conn: sa.Connection) -> list[Law]:
    """Every version uploaded, in order; of one region and since the last counts."""
    it = tables.law_versions.c
    return [profiles.read(text) for text in conn.execute(sa.select(it.text).order_by(it.version)).scalars()]


def listing(db: Database, who: access.Identity) -> list[dict[str, Any]]:
    """The profile that ships and all versions uploaded, as they were."""
    it = tables.law_versions
    with db.read() as conn:
        rows = conn.execute(sa.select(it.c.text, it.c.user_name).order_by(it.c.version)).all()
    known = [(profiles.shipped(), "")] + [(profiles.read(row.text), row.user_name) for row in rows]
    return [
        {
            "region": law.region,
            "since": law.since,
            "cities": "、".join(law.cities),
            "loss_share": _percent(law.loss_share),
            "loss_source": law.loss_source,
            "fine_share": _percent(law.fine_share) if law.allows_fines else "",
            "fine_source": law.fine_source,
            "loaded_by": user_name,
            "sha256": law.digest[:12],
        }
        for law, user_name in known
    ]


def show(db: Database, who: access.Identity, region: str, *, since: str | None = None) -> str:
    """The TOML text of a region's latest version, or of the one since that month. Raises Problem for none."""
    it = tables.law_versions
    with db.read() as conn:
        texts: list[str] = list(conn.execute(sa.select(it.c.text).order_by(it.c.version)).scalars())
    known: list[tuple[Law, str]] = [(profiles.read(text), text) for text in [profiles.shipped_text(), *texts]]
    found = [(law, text) for law, text in known if law.region == region and since in (None, law.since)]
    if not found:
        regions = sorted({law.region for law, _ in known})
        raise Problem(
            f"没有地区 {region} 的法规参数；已有 {'、'.join(regions)}。",
            f"No law profile of {region}; there are {', '.join(regions)}.",
        )
    latest = max(law.since for law, _ in found)
    return [text for law, text in found if law.since == latest][-1]


def _percent(share: Fraction) -> str:
    return f"{printed_plain(share * 100)}%"
