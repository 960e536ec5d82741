"""Four shapes of figures, each by our measure, by pandas and by DuckDB, from the same Parquet files: one process a run.

    python benchmarks/shapes.py ENGINE SHAPE FOLDER RUNS

prints, as JSON, what was found (period, person, numerator, denominator, sample; sorted), the wall seconds of every run
and the peak memory. All engines read the files anew in every run and use two threads. Ours also looks up everybody's
post on every row's day, ranks, and says when each figure settles; the others only find the same numbers.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

THREADS = 2
os.environ["POLARS_MAX_THREADS"] = str(THREADS)

AS_OF = date(2026, 11, 20)
LAST_MONTH, MONTHS = "2026-10", 12

Row = tuple[str, str, int, int, int]

SHAPES = {
    "ratio": "css_score",
    "conversion": "invite_to_store_rate",
    "distinct count": "renewal_rate",
    "quantile": "complaint_resolution_time_elapsed",
}


def ours(shape: str, folder: Path) -> list[Row]:
    import polars as pl

    from metrics.catalogue import METRICS
    from metrics.measure import measure
    from metrics.period import Period

    facts = {file.stem: pl.scan_parquet(file) for file in folder.glob("*.parquet")}
    periods = Period.parse(LAST_MONTH).trailing(MONTHS)
    found = measure([METRICS[SHAPES[shape]]], facts, periods, "person", as_of=AS_OF).filter(pl.col("sample") > 0)
    return sorted(found.select("period", "subject_id", "numerator", "denominator", "sample").rows())


QUERIES = {
    "ratio": """
        select strftime(surveyed_on, '%Y-%m') as period, person_id,
               sum((score_hundredths * 20000 + max_score_hundredths) // (max_score_hundredths * 2))::bigint,
               100 * count(*), count(*)
        from '{folder}/surveys.parquet'
        where programme = 'CSS' and item = '总分' and person_id is not null and surveyed_on <= date '{as_of}'
        group by all""",
    "conversion": """
        with asked as (
            select * from '{folder}/invitations.parquet' where is_effective and invited_at::date <= date '{as_of}'
        ), won as (
            select distinct invitation_id, true as is_won from (
                select invitation_id,
                       row_number() over (partition by visit_id order by invited_at desc, invitation_id desc) as nth
                from '{folder}/store_visits.parquet' as came join asked using (customer_id, store_id)
                where arrived_at::date <= date '{as_of}' and arrived_at > invited_at
                  and arrived_at::date - invited_at::date <= 7
                  and not coalesce(asked.recorded_at > arrived_at - interval 30 minute, false)
            ) where nth = 1
        )
        select strftime(invited_at, '%Y-%m') as period, person_id, count(is_won), count(*), count(*)
        from asked left join won using (invitation_id)
        where person_id is not null
        group by all""",
    "distinct count": """
        with due as (
            select *, date_trunc('month', expires_on) as month, min(expires_on) over unit as first_due
            from '{folder}/renewals.parquet'
            window unit as (partition by vin, store_id, date_trunc('month', expires_on))
        ), units as (
            select month, arg_min(person_id, (expires_on, policy_id)) as person_id,
                   bool_or(exclusion is not null) as is_excluded,
                   bool_or(coalesce(signed_on - first_due between -90 and 30 and signed_on <= date '{as_of}'
                                    and not coalesce(cancelled_on <= date '{as_of}', false), false)) as is_done
            from due group by vin, store_id, month
        )
        select strftime(month, '%Y-%m') as period, person_id, count(*) filter (where is_done), count(*), count(*)
        from units where not is_excluded and person_id is not null
        group by all""",
    "quantile": """
        select strftime(satisfied_at, '%Y-%m') as period, handler_id,
               quantile_disc(date_diff('second', received_at, satisfied_at), 0.5), 1, count(*)
        from '{folder}/complaints.parquet'
        where validity = '有效' and loop_no = 1 and handler_id is not null and satisfied_at::date <= date '{as_of}'
        group by all""",
}


def by_duckdb(shape: str, folder: Path) -> list[Row]:
    import duckdb

    with duckdb.connect(config={"threads": THREADS}) as database:
        rows = database.execute(QUERIES[shape].format(folder=folder, as_of=AS_OF)).fetchall()
    return _of_months(rows)


def by_pandas(shape: str, folder: Path) -> list[Row]:
    import pandas as pd

    def read(contract: str, *columns: str) -> "pd.DataFrame":
        return pd.read_parquet(folder / f"{contract}.parquet", columns=list(columns))

    end = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    match shape:
        case "ratio":
            it = read(
                "surveys", "programme", "item", "person_id", "surveyed_on", "score_hundredths", "max_score_hundredths"
            )
            day = pd.to_datetime(it.surveyed_on)
            it = it.assign(period=day.dt.strftime("%Y-%m"))[
                (it.programme == "CSS") & (it["item"] == "总分") & it.person_id.notna() & (day < end)
            ]
            it["n"] = (it.score_hundredths * 20_000 + it.max_score_hundredths) // (it.max_score_hundredths * 2)
            found = it.groupby(["period", "person_id"]).n.agg(["sum", "count"])
            return _of_months((*cell, total, 100 * count, count) for cell, total, count in found.itertuples())
        case "conversion":
            asked = read(
                "invitations", "invitation_id", "customer_id", "store_id", "person_id", "invited_at", "is_effective",
                "recorded_at",
            )  # fmt: skip
            asked = asked[asked.is_effective & (asked.invited_at < end)]
            came = read("store_visits", "visit_id", "customer_id", "store_id", "arrived_at")
            pairs = came[came.arrived_at < end].merge(asked, on=["customer_id", "store_id"])
            days = (pairs.arrived_at.dt.normalize() - pairs.invited_at.dt.normalize()).dt.days
            late = pairs.recorded_at > pairs.arrived_at - pd.Timedelta(minutes=30)
            pairs = pairs[(pairs.arrived_at > pairs.invited_at) & (days <= 7) & ~late]
            won = pairs.sort_values(["invited_at", "invitation_id"]).drop_duplicates("visit_id", keep="last")
            asked = asked.assign(
                period=asked.invited_at.dt.strftime("%Y-%m"), won=asked.invitation_id.isin(won.invitation_id)
            )
            found = asked.groupby(["period", "person_id"]).won.agg(["sum", "count"])
            return _of_months((*cell, won, count, count) for cell, won, count in found.itertuples())
        case "distinct count":
            it = read(
                "renewals", "policy_id", "vin", "store_id", "person_id", "expires_on", "signed_on", "cancelled_on",
                "exclusion",
            )  # fmt: skip
            for name in ("expires_on", "signed_on", "cancelled_on"):
                it[name] = pd.to_datetime(it[name])
            it["period"] = it.expires_on.dt.strftime("%Y-%m")
            unit = ["vin", "store_id", "period"]
            it = it.sort_values(["expires_on", "policy_id"])
            days = (it.signed_on - it.groupby(unit).expires_on.transform("min")).dt.days
            it["done"] = days.between(-90, 30) & (it.signed_on < end) & ~(it.cancelled_on < end)
            it["excluded"] = it.exclusion.notna()
            units = it.groupby(unit).agg(
                person_id=("person_id", "first"), done=("done", "any"), excluded=("excluded", "any")
            )
            found = units[~units.excluded].groupby(["period", "person_id"]).done.agg(["sum", "count"])
            return _of_months((*cell, done, count, count) for cell, done, count in found.itertuples())
        case _:
            it = read("complaints", "validity", "loop_no", "handler_id", "received_at", "satisfied_at")
            it = it[(it.validity == "有效") & (it.loop_no == 1) & (it.satisfied_at < end)]
            it = it.assign(
                period=it.satisfied_at.dt.strftime("%Y-%m"),
                seconds=(it.satisfied_at - it.received_at) // pd.Timedelta(seconds=1),
            )
            grouped = it.groupby(["period", "handler_id"]).seconds
            found = pd.DataFrame({"n": grouped.count(), "median": grouped.quantile(0.5, interpolation="lower")})
            return _of_months((*cell, median, 1, count) for cell, count, median in found.itertuples())


def _of_months(rows: object) -> list[Row]:
    from metrics.period import Period

    labels = {period.label for period in Period.parse(LAST_MONTH).trailing(MONTHS)}
    listed = [(period, who, int(n), int(d), int(sample)) for period, who, n, d, sample in rows]  # type: ignore[attr-defined]
    return sorted(row for row in listed if row[0] in labels)


ENGINES: dict[str, Callable[[str, Path], list[Row]]] = {"ours": ours, "DuckDB": by_duckdb, "pandas": by_pandas}


def main(engine: str, shape: str, folder: Path, runs: int) -> None:
    """One process: a first run that is not timed, then the timed ones."""
    rows = ENGINES[engine](shape, folder)
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        ENGINES[engine](shape, folder)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mib": peak_mib()}))


def peak_mib() -> float:
    """The most memory this process had. Linux hands ru_maxrss down from the parent, so its own mark comes first."""
    status = Path("/proc/self/status")
    if status.exists():
        mark = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(mark.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
