"""The published tables of an owners' club, reproduced: figures of 2009 and 2010, and where they do not agree.

    python examples/published_tables.py                  print the page and write it to docs/published-tables.md
    python examples/published_tables.py --files FOLDER   write the three files an office would import, nothing else

The tables say how many dealers each region had, not who they were. So the example makes dealers up: as many in each
region as are needed, with a club and full after-sales where the tables say so, their members shared out evenly. What
only the nation's total is known of goes in as stated figures. Both kinds go through the intake, the contracts and the
measure that every office's files go through, in a store of their own that is thrown away.
"""

import csv
import io
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from kpi_app.access import CONSOLE
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.rows import imports
from kpi_app.store.views import figures
from metrics.club import (
    clubs,
    dealer_enrolment_rate,
    members,
    members_per_club,
    members_published,
    monthly_joins_average_published,
    recruitment_rate,
    recruitment_rate_published,
    referral_deals,
    referral_deals_increment_published,
    referral_deals_published,
)
from metrics.credit import GROUP, Level
from metrics.kinds import Metric
from metrics.period import Period
from scorecards.explain import figure_text

ROOT: Final = Path(__file__).resolve().parents[1]
TABLES: Final = Path(__file__).resolve().with_suffix("")
PAGE: Final = ROOT / "docs" / "published-tables.md"

NATION: Final = "全国"
SOURCE: Final = "公布的表格"
AS_OF: Final = date(2010, 6, 30)
MAY: Final = "2010-05"
TEN_MONTHS: Final = "2009-08..2010-05"
CLAIMED_FIRST: Final = "杭州RBO"
"""The text beside T3 says that this region is first in May 2010."""

joins_published = replace(monthly_joins_average_published, key="joins_published", since="period_before")
"""The members who joined in a month, from the published totals."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Reproduced:
    """What was computed: (metric, subject, period) → figure, and the stated figures beside the computed ones."""

    figures: Mapping[tuple[str, str, str], Row]
    beside: Sequence[Row]

    def of(self, metric: Metric, subject: str, period: str) -> Row:
        """One figure; the nation is the group of all dealers in the example."""
        return self.figures[metric.key, GROUP if subject == NATION else subject, period]

    def shown(self, metric: Metric, subject: str, period: str) -> str:
        """The figure at its printed decimals, — where there is none."""
        return shown(metric, self.of(metric, subject, period))


def table(name: str) -> list[dict[str, str]]:
    """The rows of a published table as transcribed."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def regions() -> list[str]:
    """The six regions, in the tables' order."""
    return [name for name in table("t2_clubs")[0] if name not in ("month", NATION)]


def months() -> list[str]:
    """The five months of T2, T3 and T5."""
    return [row["month"] for row in table("t2_clubs")]


def office_files() -> dict[str, str]:
    """File name → CSV text: dealers, their month ends, and the stated figures."""
    dealers = {region: max(int(row[region]) for row in table("t3_dealers")) for region in regions()}
    stores = [
        {"门店编号": store_id(region, number), "门店名称": f"{region} 示例店 {number}", "区域": region}
        for region, count in dealers.items()
        for number in range(1, count + 1)
    ]
    return {
        "门店.csv": _csv(stores),
        "车友汇月报.csv": _csv(_month_ends(dealers)),
        "外部指标.csv": _csv(_stated()),
    }


def store_id(region: str, number: int) -> str:
    """The made-up id of a region's dealer."""
    return f"{region.removesuffix('RBO')}{number:02}"


def _month_ends(dealers: Mapping[str, int]) -> Iterator[Row]:
    """The first dealers of a region have a club, the first few more full after-sales, the rest neither yet."""
    members_in_may = {row["region"]: int(row["members"]) for row in table("t4_members")}
    for with_club, eligible in zip(table("t2_clubs"), table("t3_dealers"), strict=True):
        for region, count in dealers.items():
            has_club = int(with_club[region])
            each, left = divmod(members_in_may[region], has_club)
            for number in range(1, count + 1):
                is_known = with_club["month"] == MAY and number <= has_club
                yield {
                    "月份": with_club["month"],
                    "门店编号": store_id(region, number),
                    "区域": region,
                    "是否建立分会": "是" if number <= has_club else "否",
                    "是否具备完整售后功能": "是" if number <= int(eligible[region]) else "否",
                    "会员数量": each + (number <= left) if is_known else "",
                }


def _stated() -> Iterator[Row]:
    for row in table("t1_members"):
        yield _statement(members, row["month"], row["members"])
        yield _statement(recruitment_rate, row["month"], row["recruitment_rate"])
    for row in table("t5_referral_deals"):
        yield _statement(referral_deals, row["month"], row["referral_deals"])


def _statement(metric: Metric, month: str, value: str) -> Row:
    return {"来源": SOURCE, "指标": metric.key, "层级": "集团", "对象编号": NATION, "期间": month, "数值": value}


def _csv(rows: Iterable[Row]) -> str:
    listed = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(listed[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue()


def reproduce(home: Path) -> Reproduced:
    """Import the files into a new store in ``home`` and measure. Raises ValueError if the intake refuses a row."""
    db = database.create(Settings(home=home, database_url=None, as_of=AS_OF, month_starts_on=1))
    incoming = [imports.Incoming(name=name, data=text.encode()) for name, text in office_files().items()]
    reports = imports.run(db, CONSOLE, incoming)
    if refused := [report for report in reports if report.accepted != report.rows]:
        raise ValueError(f"the intake refused rows: {refused}")
    published = (members_published, recruitment_rate_published, referral_deals_published)
    grown = (joins_published, referral_deals_increment_published)
    counted = (clubs, dealer_enrolment_rate, members, members_per_club)
    every_month = [row["month"] for row in table("t1_members")]
    asked: list[tuple[Sequence[Metric], Sequence[str], Level]] = [
        (counted, months(), "region"),
        (counted, months(), "group"),
        ((*published, *grown), every_month, "group"),
        ((monthly_joins_average_published,), [TEN_MONTHS], "group"),
    ]
    rows = [
        row
        for chosen, labels, level in asked
        for row in figures.measure(
            db, CONSOLE, chosen, [Period.parse(label) for label in labels], level, as_of=AS_OF
        ).to_dicts()
    ]
    beside = figures.beside(db, CONSOLE, [members], [Period.parse(MAY)], "group", as_of=AS_OF).to_dicts()
    db.close()
    return Reproduced({(row["metric"], row["subject_id"], row["period"]): row for row in rows}, beside)


def shown(metric: Metric, row: Row) -> str:
    """A figure at its printed decimals, — where there is none."""
    if row["value"] is None:
        return "—"
    return figure_text(metric, Fraction(row["numerator"], row["denominator"])).en


def page(found: Reproduced) -> str:
    """The page of the docs."""
    return "\n".join(
        [
            "# Published tables",
            "",
            "Written by `python examples/published_tables.py` from dealers it makes up: as many in each region as the",
            "tables need, put through the intake, the contracts and the measure of every office. Figures of which only",
            "the nation's total was published go in as stated figures: beside what is computed, never in its place.",
            "",
            *_t1(found),
            *_t2(found),
            *_t3(found),
            *_ranks(found),
            *_t4(found),
            *_t5(found),
        ]
    )


def _t1(found: Reproduced) -> Iterator[str]:
    yield "## T1 Members and recruitment rate 会员数量与招募率 (stated)\n"
    every_month = [row["month"] for row in table("t1_members")]
    yield from _table(
        ("month", "members", "joined in the month", "recruitment rate"),
        (
            (
                month,
                *(
                    found.shown(metric, NATION, month)
                    for metric in (members_published, joins_published, recruitment_rate_published)
                ),
            )
            for month in every_month
        ),
    )
    average = found.of(monthly_joins_average_published, NATION, TEN_MONTHS)
    yield (
        f"`monthly_joins_average_published` over {TEN_MONTHS} is {average['numerator']} ÷ {average['denominator']} = "
        f"**{shown(monthly_joins_average_published, average)}**: ten months are nine steps. Pending members and owners "
        "were not published, so the recruitment rate cannot be recomputed and stays a stated figure.\n"
    )


def _t2(found: Reproduced) -> Iterator[str]:
    yield "## T2 Clubs 分会数量 (computed)\n"
    names = [NATION, *regions()]
    yield from _table(
        ("month", *names), ((month, *(found.shown(clubs, name, month) for name in names)) for month in months())
    )
    agree = [
        found.shown(clubs, name, row["month"]) == row[name] for row in table("t2_clubs") for name in names
    ]  # fmt: skip
    printed = {row["month"]: int(row[NATION]) for row in table("t2_clubs")}
    sums = {month: sum(found.of(clubs, name, month)["numerator"] for name in regions()) for month in months()}
    apart = [month for month in months() if sums[month] != printed[month]]
    adds_up = f"do not add up to the nation in {', '.join(apart)}" if apart else "add up to the nation in every month"
    yield f"{sum(agree)} of {len(agree)} as printed; the regions {adds_up}.\n"


def _t3(found: Reproduced) -> Iterator[str]:
    yield "## T3 Dealer enrolment rate 经销商入会率 (computed)\n"
    names = [NATION, *regions()]

    def cell(name: str, month: str) -> str:
        it = found.of(dealer_enrolment_rate, name, month)
        return f"{found.shown(dealer_enrolment_rate, name, month)} ({it['numerator']}/{it['denominator']})"

    yield from _table(("month", *names), ((month, *(cell(name, month) for name in names)) for month in months()))
    agree = [
        found.shown(dealer_enrolment_rate, name, row["month"]) == f"{row[name]}%"
        for row in table("t3_enrolment_rate_percent")
        for name in names
    ]
    yield f"{sum(agree)} of {len(agree)} as printed, rounded half up.\n"
    for name in names:
        for month in months():
            it = found.of(dealer_enrolment_rate, name, month)
            exact = Fraction(1000 * it["numerator"], it["denominator"])
            if exact.denominator == 2 and exact // 1 % 2 == 0:  # a half after an even digit
                half_up, half_even = found.shown(dealer_enrolment_rate, name, month), f"{exact // 1 / 10}%"
                yield (
                    f"{name} of {month} is {it['numerator']}/{it['denominator']} = {float(exact / 10)} %: half up "
                    f"gives {half_up}, half to even would print {half_even}.\n"
                )
    for name in regions():
        april, may = (found.of(dealer_enrolment_rate, name, month) for month in months()[-2:])
        if april["value"] > may["value"] and april["numerator"] <= may["numerator"]:
            before, after = (f"{it['numerator']}/{it['denominator']}" for it in (april, may))
            grew = may["denominator"] - april["denominator"]
            yield f"{name} falls in {MAY} from {before} to {after}: the base grew by {grew}, no club was lost.\n"


def _ranks(found: Reproduced) -> Iterator[str]:
    yield "### Ranks of the regions\n"
    yield from _table(
        ("month", *regions()),
        (
            (month, *(str(found.of(dealer_enrolment_rate, name, month)["rank"]) for name in regions()))
            for month in months()
        ),
    )
    yield "Ranks compare the exact fractions; equal ones share a rank and the next is left out.\n"
    ranks = {
        month: {name: found.of(dealer_enrolment_rate, name, month)["rank"] for name in regions()} for month in months()
    }
    for month, ranked in ranks.items():
        for rank in sorted(set(ranked.values())):
            tied = [name for name in regions() if ranked[name] == rank]
            if len(tied) > 1:
                figures = [found.of(dealer_enrolment_rate, name, month) for name in tied]
                shares = " and ".join(
                    f"{name} ({it['numerator']}/{it['denominator']})" for name, it in zip(tied, figures, strict=True)
                )
                yield f"In {month} {shares} are equal and share place {rank}.\n"
    first = {month: [name for name in regions() if ranked[name] == 1] for month, ranked in ranks.items()}
    claimed = found.shown(dealer_enrolment_rate, CLAIMED_FIRST, MAY)
    if first[MAY] == [CLAIMED_FIRST]:
        yield f"**The printed claim holds**: {CLAIMED_FIRST} is first in {MAY} with {claimed}.\n"
        return
    held = [month for month in months() if CLAIMED_FIRST in first[month]]
    yield (
        f"**The printed claim is false.** The text calls {CLAIMED_FIRST} first in {MAY} with {claimed}; by the same "
        f"table {' and '.join(first[MAY])} is first with {found.shown(dealer_enrolment_rate, first[MAY][0], MAY)} and "
        f"{CLAIMED_FIRST} is number {ranks[MAY][CLAIMED_FIRST]}. It was first in {', '.join(held) or 'no month'}.\n"
    )


def _t4(found: Reproduced) -> Iterator[str]:
    yield "## T4 Members by region at the end of May 2010 会员分布 (computed)\n"
    yield from _table(
        ("region", "clubs", "members", "members per club"),
        (
            (name, *(found.shown(metric, name, MAY) for metric in (clubs, members, members_per_club)))
            for name in (*regions(), NATION)
        ),
    )
    (row,) = found.beside
    yield from _table(
        ("", "computed", "stated", "difference"),
        [("members, 全国", f"{row['value']:.0f}", f"{row['stated_value']:.0f}", f"{row['difference']:+.0f}")],
    )
    short = int(row["stated_value"] - row["value"])
    said = f"{abs(short)} {'fewer' if short > 0 else 'more'} than" if short else "exactly"
    yield f"The regions' members add up to {said} the stated total. Neither figure is changed to fit the other.\n"


def _t5(found: Reproduced) -> Iterator[str]:
    yield "## T5 Referral deals 推荐购车成功量 (stated)\n"
    yield from _table(
        ("month", "cumulative", "of the month"),
        (
            (
                month,
                *(
                    found.shown(metric, NATION, month)
                    for metric in (referral_deals_published, referral_deals_increment_published)
                ),
            )
            for month in months()
        ),
    )
    yield "The published series is cumulative; January's own deals are unknown, as nothing was published before it."


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def main(arguments: Sequence[str]) -> None:
    """Write the page, or the files with ``--files FOLDER``."""
    match arguments:
        case []:
            with tempfile.TemporaryDirectory() as folder:
                text = page(reproduce(Path(folder) / "home"))
            PAGE.write_text(text + "\n", encoding="utf-8")
            print(text)
        case ["--files", folder]:
            Path(folder).mkdir(parents=True, exist_ok=True)
            for name, text in office_files().items():
                (Path(folder) / name).write_text(text, encoding="utf-8-sig")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
