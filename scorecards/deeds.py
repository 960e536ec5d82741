"""What can still be done in a month, and the figures as they would be then.

A deed is one more of something. It moves every figure that counts it, each in its own way: one more visit adds to the
visits per lead above the line only, one more call that is answered adds above and below, one more visit lowers the
deals per visit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.counts import Rate
from metrics.credit import Level
from metrics.kinds import COUNT
from metrics.period import Period
from scorecards.cards import Scorecard, Scoring
from scorecards.figures import Figure, Figures
from scorecards.posts import Post
from scorecards.sharing import subject_of

Adds = Mapping[str, tuple[int, int]]
"""Metric → what one deed adds to its numerator and to its denominator."""


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One more of something, what several of it are called after a number (``one``: a single one, in English), and what
    it adds to the figures that count it."""

    words: Text
    one: str
    adds: Adds

    def counted(self, count: int, *, is_back: bool = False) -> Text:
        """``3 组到店``, ``3 more visits``; or so many fewer."""
        noun = self.one if count == 1 else self.words.en
        return Text(f"{count} {self.words.zh}", f"{count} {'fewer' if is_back else 'more'} {noun}")


DEEDS = (
    Deed(
        words=Text("组到店", "visits"),
        one="visit",
        adds={
            "visit_groups": (1, 0), "invited_visits": (1, 0), "month_visit_rate": (1, 0), "stock_visit_rate": (1, 0),
            "store_close_rate": (0, 1),
        },
    ),
    Deed(
        words=Text("台成交", "deals"),
        one="deal",
        adds={"deals": (1, 0), "store_close_rate": (1, 0), "lead_close_rate": (1, 0)},
    ),
    Deed(words=Text("台交车", "cars delivered"), one="car delivered", adds={"cars_delivered": (1, 0)}),
    Deed(
        words=Text("次邀约到店", "invitations that bring a visit"),
        one="invitation that brings a visit",
        adds={"invite_to_store_rate": (1, 0)},
    ),
    Deed(
        words=Text("条线索到店", "leads that visit"),
        one="lead that visits",
        adds={"lead_visit_rate": (1, 0), "valid_lead_visit_rate": (1, 0)},
    ),
    Deed(
        words=Text("次预约到店", "appointments kept"),
        one="appointment kept",
        adds={"appointment_show_rate": (1, 0)},
    ),
    Deed(
        words=Text("张新建档卡", "cards opened"),
        one="card opened",
        adds={"cards_opened": (1, 0), "defeat_rate": (0, 1)},
    ),
    Deed(
        words=Text("个接起的来电", "calls answered"),
        one="call answered",
        adds={"hotline_answer_rate": (1, 1)},
    ),
    Deed(
        words=Text("条及时响应的线索", "leads answered in time"),
        one="lead answered in time",
        adds={"lead_response_punctuality_business": (1, 1)},
    ),
    Deed(
        words=Text("次及时跟进", "follow-ups in time"),
        one="follow-up in time",
        adds={"follow_up_punctuality": (1, 1)},
    ),
    Deed(words=Text("台续保", "renewals"), one="renewal", adds={"renewal_rate": (1, 0)}),
    Deed(
        words=Text("台续保报价", "renewals quoted"),
        one="renewal quoted",
        adds={"renewals_quoted_rate": (1, 0)},
    ),
    Deed(
        words=Text("件及时处理的抱怨", "complaints resolved in time"),
        one="complaint resolved in time",
        adds={"complaint_resolution_punctuality_elapsed": (1, 1)},
    ),
    Deed(
        words=Text("件及时响应的抱怨", "complaints answered in time"),
        one="complaint answered in time",
        adds={"complaint_first_response_punctuality_elapsed": (1, 1)},
    ),
    Deed(
        words=Text("件按期复访的抱怨", "complaints recontacted in time"),
        one="complaint recontacted in time",
        adds={"complaint_recontact_3d_rate": (1, 1)},
    ),
    Deed(
        words=Text("份满分问卷", "questionnaires of 100 points"),
        one="questionnaire of 100 points",
        adds={"css_score": (100_00, 100)},
    ),
)  # fmt: skip
"""What can still be done in a month. A figure that no deed names can't be moved: a median, what others state."""

NO_DEED = Deed(words=Text("", ""), one="", adds={})


def deeds_for(keys: Sequence[str], figures: Figures, whose: "Whose") -> list[Deed]:
    """The deeds that move any of these figures; of a stated count it is one more of it."""
    found = [deed for deed in DEEDS if any(key in deed.adds for key in keys)]
    for key in keys:
        if key in METRICS or any(key in deed.adds for deed in found):
            continue
        figure = whose.figure(key, figures)
        if figure is None or figure.denominator == 1:
            name = figures.name(key)
            stated = f"({name.en})"
            found.append(Deed(words=Text(f"个{name.zh}", stated), one=stated, adds={key: (1, 0)}))
    return found


def undone(key: str) -> Deed:
    """What was missed, done after all."""
    done = "done as required"
    return Deed(words=Text("次按要求做到", done), one=done, adds={key: (1, 0)})


_LEVELS: tuple[Level, ...] = ("person", "team", "department", "store")


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Whose figures a rule judges for a person, and in which period: the person's own, or those of the team, department
    or store of the post."""

    person_id: str
    level: Level
    subject_id: str
    post: Post
    period: Period

    def holds(self, level: Level, subject_id: str) -> bool:
        """Whether what is done here counts for that subject too: for the one judged and those it belongs to."""
        if level == self.level:
            return subject_id == self.subject_id
        if level not in _LEVELS or _LEVELS.index(level) < _LEVELS.index(self.level):
            return False
        return subject_id == subject_of(level, self.post)

    def figure(self, key: str, figures: Figures) -> Figure | None:
        """The figure judged; of a computed count there were none where there is no figure."""
        found = figures.of(key, self.subject_id, self.period, self.level)
        if found is None and (key not in METRICS or METRICS[key].unit == COUNT):
            return figures.none_of(key, self.period)
        return found

    @property
    def words(self) -> Text:
        """Who it is, before a sentence; nothing where it is the person."""
        return {
            "person": Text("", ""),
            "team": Text("全组", "the team: "),
            "department": Text("全部门", "the department: "),
            "store": Text("全店", "the store: "),
        }[self.level]


class Supposed(Figures):
    """The figures known, with so many deeds more (or fewer) of somebody in a period, and every rule judging that
    period; none is measured again."""

    def __init__(
        self, known: Figures, whose: Whose, deed: Deed = NO_DEED, count: int = 0, scoring: Scoring | None = None
    ) -> None:
        self.__dict__.update({name: it for name, it in known.__dict__.items() if name not in ("scorecards", "scores")})
        self.findings = []
        self.known, self.whose, self.deed, self.count = known, whose, deed, count
        self.scoring = scoring

    def periods(self, _: Any) -> list[Period]:
        return [self.whose.period]

    def of(self, key: str, subject_id: str, period: Period, level: Level = "person") -> Figure | None:
        figure = self.known.of(key, subject_id, period, level)
        if (
            key not in self.deed.adds
            or period.label != self.whose.period.label
            or not self.whose.holds(level, subject_id)
        ):
            return figure
        above, below = (self.count * part for part in self.deed.adds[key])
        is_rate = key in METRICS and METRICS[key].unit != COUNT
        if figure is None and is_rate:
            return None
        figure = figure or self.none_of(key, period)
        rows = self.count if key in METRICS and (below or not is_rate) else 0
        return replace(
            figure,
            numerator=figure.numerator + above,
            denominator=figure.denominator + below,
            sample=None if figure.sample is None else figure.sample + rows,
        )

    def is_possible(self, keys: Sequence[str]) -> bool:
        """Whether there are rows enough to do so much on: no part is below nothing, or larger than its whole."""
        for key in keys:
            figure = self.whose.figure(key, self)
            if figure is None or key not in self.deed.adds:
                continue
            metric = METRICS.get(key)
            if figure.numerator < 0 or figure.denominator <= 0:
                return False
            is_part = metric is not None and metric.unit != COUNT and not isinstance(metric, Rate)
            if is_part and key != "css_score" and figure.numerator > figure.denominator:
                return False
        return True

    @cached_property
    def scorecards(self) -> Sequence[Scorecard]:
        """Everyone's cards, the one scored again whose figures are supposed."""
        if self.scoring is None or self.whose.level != "person" or not self.count:
            return self.known.scorecards
        own = self.whose.person_id
        again = self.scoring.cards(figures_of_cards(self, self.scoring, [own]), subjects=[own])
        return [*again, *(card for card in self.known.scorecards if card.subject_id != own)]


def figures_of_cards(
    figures: Figures, scoring: Scoring, people: Sequence[str]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The figures that the cards of these people read, as the cards take them."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for key in scoring.metrics:
        for person_id in people:
            if figure := figures.of(key, person_id, figures.pay_month):
                found[key, person_id] = {
                    "numerator": figure.numerator,
                    "denominator": figure.denominator,
                    "sample": figure.sample,
                    "is_settled": figure.is_settled,
                }
    return found
