"""Satisfaction: the manufacturer's survey, and the regional average it is held against."""

from collections.abc import Iterable
from dataclasses import replace

import dataframely as dy
import polars as pl
from polars import col

from data_contracts.contract import Text
from data_contracts.results import MetricValues
from metrics.credit import Facts
from metrics.kinds import HIGHER, POINTS
from metrics.scores import Gap, Mean, RegionalAverage

css_score = Mean(
    key="css_score",
    label=Text("CSS得分", "CSS score"),
    description=Text("期间内问卷总分的平均，百分制", "mean overall score of the period's questionnaires, on 100"),
    meaning=Text(
        "期间内调查的 CSS 问卷总分换算为百分制后的平均分；每份问卷先四舍五入到 0.01 分。",
        "The mean overall score, on 100, of the CSS questionnaires surveyed in the period; each is rounded half up to "
        "0.01 first.",
    ),
    roles=("sales_consultant", "service_advisor"),
    base="surveys",
    base_where=(col("programme") == "CSS") & (col("item") == "总分"),
    dated_by="surveyed_on",
    credited_to="person_id",
    score="score_hundredths",
    max_score="max_score_hundredths",
    beside=RegionalAverage(contract="benchmarks", programme="CSS", item="总分"),
    better=HIGHER,
    unit=POINTS,
    decimals=2,
    source="S09, M52",
)

ism_score = replace(
    css_score,
    key="ism_score",
    label=Text("ISM回访得分", "ISM score"),
    description=Text("期间内店内回访问卷总分的平均，百分制", "mean overall score of the store's own callbacks, on 100"),
    meaning=Text(
        "期间内店内回访（ISM）问卷总分换算为百分制后的平均分；每份问卷先四舍五入到 0.01 分。",
        "The mean overall score, on 100, of the store's own callback questionnaires (ISM) of the period; each is "
        "rounded half up to 0.01 first.",
    ),
    base_where=(col("programme") == "ISM") & (col("item") == "总分"),
    beside=RegionalAverage(contract="benchmarks", programme="ISM", item="总分"),
    source="S09, R8",
)

css_gap = Gap(
    key="css_gap",
    label=Text("CSS差值", "CSS gap"),
    description=Text("CSS得分 − 区域平均分", "CSS score less the regional average"),
    meaning=Text(
        "每份问卷与其门店所在区域、同部门、同期间的平均分相减后的平均；区域与集团对比全国。任何一份没有区域平均分时不计算。",
        "The mean of each questionnaire's score less the average published for its store's region, department and "
        "period; regions and the group are held against the nation. Without an average for each there is no figure.",
    ),
    roles=css_score.roles,
    of=css_score,
    better=HIGHER,
    unit=POINTS,
    decimals=2,
    source="S09, M52",
)


def css_items(facts: Facts) -> list[str]:
    """The items of the CSS questionnaires that are not the overall score, in order."""
    asked = facts["surveys"].filter(col("programme") == "CSS", col("item") != "总分")
    return asked.select(col("item").unique().sort()).collect()["item"].to_list()


def css_item_gaps(items: Iterable[str]) -> tuple[Gap, ...]:
    """css_gap for single items of the questionnaire, each against the regional average of that item."""
    return tuple(
        replace(
            css_gap,
            key=f"css_gap:{item}",
            label=Text(f"CSS单项差值·{item}", f"CSS item gap, {item}"),
            description=Text(f"“{item}”得分 − 区域平均分", f"score of “{item}” less the regional average"),
            of=replace(
                css_score,
                key=f"css_score:{item}",
                base_where=(col("programme") == "CSS") & (col("item") == item),
                beside=replace(css_score.beside, item=item),
            ),
            source="S09, M55",
        )
        for item in items
    )


def weakest(gaps: dy.DataFrame[MetricValues]) -> dy.DataFrame[MetricValues]:
    """Of the item gaps of each subject and period the lowest, compared exactly (ties: the first item in order)."""
    exact = col("numerator").cast(pl.Int128) * 2**62 // col("denominator")
    known = gaps.filter(col("value").is_not_null()).with_columns(_exact=exact)
    lowest = known.sort("_exact", "metric").unique(["level", "subject_id", "period"], keep="first", maintain_order=True)
    return MetricValues.validate(lowest.drop("_exact").sort("period", "subject_id"))
