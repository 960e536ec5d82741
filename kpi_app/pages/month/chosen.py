"""The month and store that the screens of a month share, and what they read of it, kept until something is done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from kpi_app.pages import address
from kpi_app.store.months import checklist
from kpi_app.store.months import month as months
from kpi_app.store.months.checklist import Item
from kpi_app.store.months.month import UnitState
from kpi_app.store.proving import audit
from kpi_app.store.views.kept import Kept
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.period import Period
from scorecards.lines import KIND_NAMES
from scorecards.payout import COLUMN_NAMES, column_totals
from scorecards.sheet import Sheet, SheetPerson

MONTHS_TO_CHOOSE = 15
KEPT = ("person", "department", "role", "rule", "kind", "state", "cause", "basket")
"""What else an address may name."""

_kept: Kept[Any] = Kept(200)


@dataclass(frozen=True)
class Ledger:
    """A sheet with its lines by person, looked up once."""

    sheet: Sheet

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """All lines."""
        return self.sheet.lines.to_dicts()

    @cached_property
    def by_person(self) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
        """Store and person → their lines."""
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for line in self.lines:
            found.setdefault((line["store_id"], line["person_id"]), []).append(line)
        return found

    @cached_property
    def people(self) -> Mapping[tuple[str, str], SheetPerson]:
        """Store and person → who that is."""
        return {(person.store_id, person.person_id): person for person in self.sheet.people}

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """Column of money → its sum."""
        return column_totals(self.lines)

    def lines_of(self, person: SheetPerson) -> list[dict[str, Any]]:
        """A person's lines, what is taken away first."""
        return sorted(self.by_person.get((person.store_id, person.person_id), []), key=lambda it: it["amount_fen"])


@dataclass(frozen=True)
class Chosen:
    """The chosen month and store (all in reach, where none), where the units stand, and how far things have gone."""

    here: Visit
    period: Period
    unit: str | None
    states: Sequence[UnitState]
    mark: str

    @property
    def is_computed(self) -> bool:
        """Is there any sheet to show?"""
        return any(state.snapshot_id is not None for state in self.states)

    def ask(self, verb: Callable[..., Any]) -> Any:
        """What a verb that reads says of this month, asked again once something was done."""
        here = self.here
        key = (str(here.db.engine.url), verb, here.who, self.period, self.unit, here.as_of, self.mark)
        return _kept.get(key, lambda: verb(here.db, here.who, self.period, unit=self.unit))

    def look(self, name: str, verb: Callable[[], Any]) -> Any:
        """What a verb that notes who looks says, once in a session until something was done."""
        key = (self.here.who, self.here.language, self.period.label, self.unit, self.mark)
        looked = st.session_state.get("month_looked")
        if looked is None or looked[0] != key:
            looked = st.session_state["month_looked"] = (key, {})
        found: dict[str, Any] = looked[1]
        if name not in found:
            found[name] = verb()
        return found[name]

    def checklist(self) -> Sequence[Item]:
        """The checklist, which says what some people get: beside a sheet the look at that is noted already."""
        if self.is_computed:
            found: Sequence[Item] = self.ask(checklist.check)
            return found
        read = partial(checklist.check, self.here.db, self.here.who, self.period, unit=self.unit)
        unnoted: Sequence[Item] = self.look("checklist", read)
        return unnoted

    def ledger(self) -> Ledger | None:
        """The sheet with its lines; None before the first."""
        if not self.is_computed:
            return None
        read = lambda: Ledger(months.sheet(self.here.db, self.here.who, self.period, unit=self.unit))  # noqa: E731
        found: Ledger = self.look("ledger", read)
        return found

    def name_of(self, store_id: str) -> str:
        """A store's name."""
        return next((state.store_name for state in self.states if state.store_id == store_id), store_id)


def choose(here: Visit, title: str, text: str) -> Chosen:
    """The head of a screen: its title, month and store. A store of the address that is out of reach is refused."""
    with st.container(key="month_head"):
        head, controls = st.columns([3, 2], vertical_alignment="bottom")
        labels, at = _months(here)
        ahead = address.ahead("period", "month_period", address.one("period", labels, at))
        label = ahead if ahead in labels else at  # a browser may send what it was not offered
        # Before what is chosen: on a phone it stands above, and would push that down.
        with head:
            st.html(looks.fragment("page_head.html", title=title.format(month=label), text=text))
        with controls, st.container(horizontal=True, key="month_choice"):
            label = address.select("period", here("月份"), {it: it for it in labels}, at=at, key="month_period")
            period = Period.parse(label, month_starts_on=here.db.settings.month_starts_on)
            states = months.status(here.db, here.who, period)
            unit = _unit(here, period, states)
    st.session_state["month_chosen"] = period.label, unit
    shown = [state for state in states if unit in (None, state.store_id)]
    return Chosen(here, period, unit, shown, audit.last_deed(here.db))


def _months(here: Visit) -> tuple[list[str], str]:
    """The pay months to choose from, and the one at first: that last chosen, else that before today's."""
    starts_on = here.db.settings.month_starts_on
    labels = [it.label for it in Period.containing(here.as_of, "month", starts_on).trailing(MONTHS_TO_CHOOSE)][::-1]
    last, _ = st.session_state.get("month_chosen", (None, None))
    return labels, last if last in labels else labels[1]


def _unit(here: Visit, period: Period, states: Sequence[UnitState]) -> str | None:
    """One store, or all in reach."""
    names = {"": here("全部门店")} | {it.store_id: f"{it.store_name}（{it.store_id}）" for it in states}
    asked = st.query_params.get("unit")
    if asked is not None and asked not in names:
        months.status(here.db, here.who, period, unit=asked)
    _, last = st.session_state.get("month_chosen", (None, None))
    at = last if last in names and "month_unit" not in st.session_state else ""
    return address.select("unit", here("门店"), names, at=at, key="month_unit") or None


def nothing_yet(here: Visit) -> None:
    """What stands in place of amounts before the first computation."""
    st.html(looks.fragment("note.html", text=here("计算之后这里显示金额；计算可以反复进行，数据不变则结果不变。")))


def kind_name(here: Visit, kind: str) -> str:
    """A kind's name on screen, where reductions are called 绩效扣减."""
    return here("绩效扣减") if kind == "kpi_reduction" else _as_heading(here.text(KIND_NAMES[kind]))


def column_name(here: Visit, column: str) -> str:
    """A column of money's name on screen."""
    return here("绩效扣减") if column == "kpi_reduction" else _as_heading(here.text(COLUMN_NAMES[column]))


def _as_heading(name: str) -> str:
    return name[:1].upper() + name[1:]


def several(here: Visit, names: Iterable[str]) -> str:
    """Names one after the other."""
    return (", " if here.language == "en" else "、").join(names)


def cause_name(here: Visit, person: SheetPerson) -> str:
    """The column that moved a person's total most, as it is called on screen."""
    is_reduction = person.change_cause == KIND_NAMES["kpi_reduction"]
    return kind_name(here, "kpi_reduction") if is_reduction else here.text(person.change_cause)


def change_of(person: SheetPerson) -> int:
    """How much a person's total moved since last month; 0 where there was none."""
    return 0 if person.previous_fen is None else person.total_fen - person.previous_fen


def lines_of(chosen: Chosen, person: SheetPerson, page: str = "pay") -> str:
    """Where a person's lines are seen, with what was chosen so far; it may be sent to a colleague who may see them."""
    unit = {} if chosen.unit is None else {"unit": chosen.unit}
    others = {name: st.query_params[name] for name in KEPT if name in st.query_params}
    return f"{page}?" + urlencode({"period": chosen.period.label} | unit | others | {"person": person.person_id})
