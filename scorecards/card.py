"""What a card declares: a role's weighted metrics, its grades, and the gates that hold its score."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from data_contracts.contract import Text
from scorecards.money import printed_plain

HUNDRED = 100


@dataclass(frozen=True, kw_only=True)
class CardLine:
    """A metric and its weight in percent of the card.

    ``cap`` is the most points it can bring; ``floor`` serves where the target has none. A line that waits for
    publication (a survey the manufacturer publishes monthly) stands in no day's or week's score.
    """

    metric: str
    weight: int
    cap: Fraction = Fraction(100)
    floor: Fraction | None = None
    waits_for_publication: bool = False


@dataclass(frozen=True, kw_only=True)
class Grade:
    """A name for scores from ``since_score`` on."""

    name: str
    since_score: Fraction


@dataclass(frozen=True, kw_only=True)
class Gate:
    """一票否决: a figure beyond its limit leaves the card at most ``score``, whatever its lines say."""

    metric: str
    limit: Fraction
    is_at_most: bool
    score: Fraction = Fraction(0)

    def is_kept(self, value: Fraction) -> bool:
        return value <= self.limit if self.is_at_most else value >= self.limit


@dataclass(frozen=True, kw_only=True)
class Card:
    """The card of a role from pay month ``since`` on. Grades stand highest first.

    ``cap`` and ``floor`` hold the whole score; a gate goes before the floor.
    """

    role: str
    name: Text
    since: str
    lines: tuple[CardLine, ...]
    grades: tuple[Grade, ...] = ()
    gates: tuple[Gate, ...] = ()
    cap: Fraction | None = None
    floor: Fraction | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics its lines and gates read."""
        return (*(line.metric for line in self.lines), *(gate.metric for gate in self.gates))

    def __post_init__(self) -> None:
        if fault := weights_fault(self.lines):
            raise ValueError(fault.en)


def weights_fault(lines: Sequence[CardLine]) -> Text | None:
    """What is wrong with the weights of a card's lines; None where they total 100 and no metric stands twice."""
    total = sum(line.weight for line in lines)
    if total != HUNDRED:
        return Text(f"权重合计 {total}，应为 100", f"the weights total {total}, not 100")
    if len({line.metric for line in lines}) < len(lines):
        return Text("同一指标出现两次", "a metric stands there twice")
    return None


def card_faults(card: Card) -> list[Text]:
    """What is wrong with a card's grades, cap and floor: bands that share a beginning, or scores without a grade."""
    faults = []
    begins = [grade.since_score for grade in card.grades]
    if len(set(begins)) < len(begins):
        faults.append(Text("两个等级从同一分数起", "two grades begin at the same score"))
    if begins and min(begins) > 0:
        low = printed_plain(min(begins))
        faults.append(Text(f"{low} 分以下没有等级", f"no grade below {low} points"))
    if card.cap is not None and card.floor is not None and card.floor > card.cap:
        faults.append(Text("得分下限高于上限", "the score's floor is above its cap"))
    bounds = [card.cap, card.floor, *(gate.score for gate in card.gates), *(line.cap for line in card.lines)]
    if any(bound is not None and bound < 0 for bound in bounds):
        faults.append(Text("得分及其上下限不能小于 0", "a score, its cap and its floor are not below 0"))
    return faults
