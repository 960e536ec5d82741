"""Follow-ups: whether leads are first contacted, and contacted again, in time, each level by its own limit."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import polars as pl
from polars import col

from data_contracts.contract import Text
from metrics.counts import Share
from metrics.kinds import HIGHER, PERCENT, Punctuality
from metrics.limits import ALWAYS, Limit, Limits
from metrics.tasks import FollowUpTasks
from metrics.working_time import DAY, PRESENT

_CALL_CENTRE: Final = ("invite_specialist",)

follow_up_punctuality = Share(
    key="follow_up_punctuality",
    label=Text("跟进及时率", "Follow-up punctuality"),
    description=Text("按时完成的跟进 ÷ 到期的跟进", "follow-ups done in time ÷ follow-ups due"),
    meaning=Text(
        "期间内到期的跟进任务中按时完成的比例。约定了下次联系时间的以约定日为准，否则为上次联系加该级别的间隔；"
        "任何人的下一次跟进都算完成，不论是否接通；计给到期日的持有人，缺勤的计给代班人。"
        "下单、无效、战败获批之后没有任务；交接后 3 天内到期而未按时的，不计给任何人。",
        "Of the follow-ups due in the period, the share done in time: by the agreed day, else the last contact plus "
        "the level's interval. The next follow-up of anybody does it, connected or not. It counts for who holds the "
        "lead on the due day, or their stand-in. There is none after an order, for invalid leads or after an approved "
        "defeat; what falls due within 3 days after a hand-over is nobody's lateness.",
    ),
    roles=_CALL_CENTRE,
    base=FollowUpTasks(),
    base_where=pl.lit(True),
    hit=col("is_punctual"),
    credited_to="person_id",
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    source="S02, M06; intervals [infer]",
)

FOLLOW_UP_PUNCTUALITY_BY_LEVEL: Final = tuple(
    replace(
        follow_up_punctuality,
        key=f"follow_up_punctuality_{level.lower()}",
        label=Text(f"跟进及时率（{level} 级）", f"Follow-up punctuality, level {level}"),
        description=Text(f"{level} 级按时完成的跟进 ÷ 到期的跟进", f"level {level} follow-ups done in time ÷ due"),
        base_where=col("level") == level,
    )
    for level in "HABCON"
)

_FIRST_LIMITS: Final[Mapping[str, Limits]] = {
    "H": (Limit(value=24 * 3600, since=ALWAYS, source="semantics: first contact limit for H"),),
    **{
        level: (Limit(value=days * DAY, since=ALWAYS, source="domain/metrics.md 2.3 [infer]"),)
        for level, days in {"A": 4, "B": 7, "C": 15, "N": 30}.items()
    },
}
"""Intent level → the seconds within which a lead is first contacted; O, who have ordered, have no limit."""

_FIRST_LEVEL: Final = pl.coalesce("first_intent_level", "intent_level")

first_follow_up_punctuality_elapsed = Punctuality(
    key="first_follow_up_punctuality_elapsed",
    label=Text("首次跟进及时率", "First follow-up punctuality"),
    description=Text(
        "级别时限内首次联系 ÷ 已联系或已超时", "first contact within the level's limit ÷ contacted or past it"
    ),
    meaning=Text(
        "期间内分配（没有分配时间的按下发）的线索中，在首次意向级别的时限内首次联系的比例：H 级 24 小时，A 级 4 天，"
        "B 级 7 天，C 级 15 天，N 级 30 天，按自然时间；本人缺勤日不计时。"
        "既未联系又未超时的、没有级别和已下单（O 级）的不计。",
        "Of the leads assigned in the period (received, where no assignment is given), the share first contacted "
        "within the limit of their first level: H 24 hours, A 4, B 7, C 15 and N 30 days of clock time; the person's "
        "days of absence do not run. What is neither contacted nor past its limit is left out, and so are leads "
        "without a level and those of level O, who have ordered.",
    ),
    roles=_CALL_CENTRE,
    base="leads",
    base_where=_FIRST_LEVEL.is_in(list(_FIRST_LIMITS)),
    from_at="assigned_at",
    else_from="received_at",
    to_at="first_contact_at",
    credited_to="person_id",
    limits=_FIRST_LIMITS,
    limited_by=_FIRST_LEVEL,
    clock=PRESENT,
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    settles_after=30,
    source="S02, M07",
)

_SAID: Final = {
    "H": Text("24 小时", "24 hours"),
    "A": Text("4 天", "4 days"),
    "B": Text("7 天", "7 days"),
    "C": Text("15 天", "15 days"),
    "N": Text("30 天", "30 days"),
}

FIRST_FOLLOW_UP_PUNCTUALITY_BY_LEVEL: Final = tuple(
    replace(
        first_follow_up_punctuality_elapsed,
        key=f"first_follow_up_punctuality_{level.lower()}_elapsed",
        label=Text(f"首次跟进及时率（{level} 级）", f"First follow-up punctuality, level {level}"),
        description=Text(
            f"{level} 级 {limit.zh}内首次联系 ÷ 已联系或已超时",
            f"level {level} first contacted within {limit.en} ÷ contacted or past it",
        ),
        base_where=_FIRST_LEVEL.is_in([level]),
        settles_after=_FIRST_LIMITS[level][0].value // DAY,
    )
    for level, limit in _SAID.items()
)

FOLLOW_UPS: Final = (
    follow_up_punctuality,
    *FOLLOW_UP_PUNCTUALITY_BY_LEVEL,
    first_follow_up_punctuality_elapsed,
    *FIRST_FOLLOW_UP_PUNCTUALITY_BY_LEVEL,
)
"""The metrics of follow-ups, in reading order."""
