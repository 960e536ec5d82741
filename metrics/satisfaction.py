"""Satisfaction: the manufacturer's survey, and the regional average it is held against."""

from dataclasses import replace
from typing import Final

from polars import col

from data_contracts.contract import Text
from metrics.kinds import HIGHER, POINTS
from metrics.scores import Gap, Mean, RegionalAverage, Weakest
from metrics.stated import Stated

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


css_score_published = Stated(
    key="css_score_published",
    label=Text("CSS得分（厂家公布）", "CSS score, as published"),
    description=Text("外部指标中公布的得分，百分制", "as stated from outside, on 100"),
    meaning=Text(
        "外部指标中公布的同一期间 CSS 得分，不由问卷计算，也不替代问卷计算的得分；两者的差值并列显示。",
        "The CSS score of the same period as the stated figures say. It is not computed from the questionnaires and "
        "does not stand in for what is: the two are shown with their difference.",
    ),
    roles=css_score.roles,
    states="css_score",
    better=HIGHER,
    unit=POINTS,
    decimals=2,
    source="S09, M52",
)

css_item_score = replace(
    css_score,
    key="css_item_score",
    label=Text("CSS单项得分", "CSS item score"),
    description=Text("期间内问卷各题得分的平均，百分制", "mean score of each item of the questionnaires, on 100"),
    meaning=Text(
        "期间内调查的 CSS 问卷中，除总分外每道题换算为百分制后的平均分；每份先四舍五入到 0.01 分。",
        "Of each item of the CSS questionnaires surveyed in the period, but for the overall score, the mean on 100; "
        "each is rounded half up to 0.01 first.",
    ),
    base_where=(col("programme") == "CSS") & (col("item") != "总分"),
    items="item",
    beside=RegionalAverage(contract="benchmarks", programme="CSS", item=None),
    source="S09, M55",
)

css_item_gap = replace(
    css_gap,
    key="css_item_gap",
    label=Text("CSS单项差值", "CSS item gap"),
    description=Text("各题得分 − 该题区域平均分", "score of each item less its regional average"),
    meaning=Text(
        "每道题的得分与其门店所在区域、同部门、同期间该题平均分相减后的平均；某题有任何一份没有平均分时，该题不计算。",
        "For each item, the mean of its scores less the average published for it; without an average for each score of "
        "an item it has no figure.",
    ),
    of=css_item_score,
    source="S09, M55",
)

css_weakest_item = Weakest(
    key="css_weakest_item",
    label=Text("CSS最弱项", "CSS weakest item"),
    description=Text("单项差值最低的一题及其差值", "the item with the lowest gap, and that gap"),
    meaning=Text(
        "各题差值中最低的一题，按精确值比较；并列时取题名排在前面的一题。没有区域平均分的题不参加比较。",
        "Of the items' gaps the lowest, compared exactly (ties: the first by name); items without an average are out.",
    ),
    roles=css_score.roles,
    of=css_item_score,
    better=HIGHER,
    unit=POINTS,
    decimals=2,
    source="S09, M55",
)

SATISFACTION: Final = (
    css_score,
    css_score_published,
    ism_score,
    css_gap,
    css_item_score,
    css_item_gap,
    css_weakest_item,
)
"""The survey's metrics, in reading order."""
