"""Make the demo's store: users, plans, the exported files through the same intake a user has, months computed.

Every step leaves alone what is there, so an interrupted set-up is finished by the next run and a finished one keeps
whatever was done in it since.
"""

import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.demo.accounts import ACCOUNTS
from kpi_app.demo.days import label, month_start, months
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from kpi_app.store.complaints import actions
from kpi_app.store.database import Database
from kpi_app.store.months import checklist
from kpi_app.store.months import month as pay_months
from kpi_app.store.rows import imports
from kpi_app.store.rulebook import plans
from kpi_app.store.views import notes
from metrics.period import Period
from scorecards.writing import to_toml

MARK = "demo"
READY = "ready"


def is_demo(home: Path) -> bool:
    """Is the store in this home a demo? Its login page then shows the accounts."""
    return (home / MARK).is_file()


def prepare(settings: Settings, write_files: Callable[[Path], list[Path]], say: Callable[[Text], None]) -> None:
    """Make the demo in ``settings.home``, or find it ready. Raises Problem where a real store is there."""
    if database.exists(settings) and not is_demo(settings.home):
        raise Problem(
            f"{settings.home} 里是真实数据，不能放入演示集团；请把 KPI_HOME 指向另一个文件夹。",
            f"{settings.home} holds a real store; point KPI_HOME to another folder for the demo.",
        )
    if not database.exists(settings):
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (settings.home / MARK).write_text("begun", encoding="utf-8")
        database.create(settings)
    db = database.connect(settings)
    if (settings.home / MARK).read_text(encoding="utf-8") != READY:
        _fill(db, settings, write_files, say)
        (settings.home / MARK).write_text(READY, encoding="utf-8")
    say(Text(f"演示集团已就绪：{settings.home}", f"The demo group is ready: {settings.home}"))
    for it in ACCOUNTS:
        say(Text(f"  {it.name:<12}{it.password:<24}{it.text.zh}", f"  {it.name:<12}{it.password:<24}{it.text.en}"))


def _fill(
    db: Database, settings: Settings, write_files: Callable[[Path], list[Path]], say: Callable[[Text], None]
) -> None:
    known = {row["name"] for row in users.listing(db, access.CONSOLE)}
    for it in ACCOUNTS:
        if it.name not in known:
            users.add(
                db, access.CONSOLE, it.name, it.password, roles=it.roles, person_id=it.person_id, scopes=it.scopes
            )
    plans.load_shipped(db, access.CONSOLE)
    plans.load(db, access.CONSOLE, plans.shipped("performance_base"))
    say(Text("正在生成各部门的导出文件…", "Writing the offices' export files …"))
    files = write_files(settings.home / "demo-files")
    say(Text(f"正在导入 {len(files)} 个文件…", f"Importing {len(files)} files …"))
    incoming = [imports.Incoming(name=file.name, data=file.read_bytes()) for file in files]
    reports = imports.run(db, access.CONSOLE, incoming, on_error="skip")
    counts = {name: sum(getattr(report, name) for report in reports) for name in ("rows", "accepted", "refused")}
    say(
        Text(
            "共 {rows:,} 行：接收 {accepted:,}，拒收 {refused:,}（演示里故意放的错）".format(**counts),
            "{rows:,} rows: {accepted:,} accepted, {refused:,} refused (errors planted on purpose)".format(**counts),
        )
    )
    plans.load(db, access.CONSOLE, call_centre_plan(settings.today()), units=["S01"])
    _compute(db, settings, say)
    _meet(db, settings.today())


def call_centre_plan(as_of: date) -> str:
    """Plan F1 as the call centre of S01 pays by it from this month on, announced in the middle of the month before.

    Few leads bring this store many visits, so its limits for the visit rate are its own; missed calls are not charged.
    """
    first = month_start(as_of, 0)
    announced = month_start(as_of, 1) + timedelta(days=14)
    raw = tomllib.loads(plans.shipped("f1"))
    rules = {rule["key"]: rule for rule in raw["rules"] if rule["key"] != "F1.7"}
    (visit_rate,) = (it for it in rules["F1.1"]["indicators"] if it["metric"] == "month_visit_rate")
    visit_rate["at_least"] = "70%"
    rules["F1.3"]["bands"] = [{"from": "70%", "amount": "20.00"}]
    raw |= {
        "name": {"zh": "云州店邀约专员绩效方案", "en": "Invite specialists' plan, Yunzhou"},
        "since": label(first),
        "source": "plan F1 with this demo store's own limits",
        "notice": {"number": f"云州店 {label(announced)}", "published_on": announced},
        "rules": list(rules.values()),
    }
    return to_toml(raw)


def _compute(db: Database, settings: Settings, say: Callable[[Text], None]) -> None:
    """The month before last is locked, the last one computed, the current one open, as on any day in an office."""
    by_name = {it.name: users.sign_in(db, it.name, it.password) for it in ACCOUNTS if it.name in ("hr", "manager")}
    hr, manager = by_name["hr"], by_name["manager"]
    as_of = settings.today()
    before_last, last = (Period.parse(label) for label in months(as_of)[-3:-1])
    for period in (before_last, last):
        say(Text(f"正在计算绩效月 {period.label}…", f"Computing pay month {period.label} …"))
        if any(state.status == "open" for state in pay_months.status(db, hr, period)):
            pay_months.compute(db, hr, period, as_of=as_of)
    if all(state.status == "computed" for state in pay_months.status(db, hr, before_last)):
        _answer(db, hr, before_last)
        pay_months.submit(db, hr, before_last)
        pay_months.approve(db, manager, before_last)
        pay_months.lock(db, hr, before_last)


def _meet(db: Database, as_of: date) -> None:
    """What the call centre agreed on last week and wrote down about it."""
    head = next(users.sign_in(db, it.name, it.password) for it in ACCOUNTS if it.name == "head")
    week = Period.containing(as_of, "week").previous().label
    subject = "department:S01/呼叫中心"
    if notes.listing(db, head, subject, week):
        return
    for what, owner_id in (
        ("周六增开 8:00 早班，先打当天预约", "E112"),
        ("超 24 小时未联系的线索当天转给组长", "E116"),
    ):
        actions.add(db, head, store_id="S01", department="呼叫中心", what=what, owner_id=owner_id,
                    due_on=as_of + timedelta(days=5), week=week)  # fmt: skip
    first = actions.listing(db, head, store_id="S01", department="呼叫中心")[0]
    actions.take(db, head, first.action_id, "done", words="本周六起执行")
    actions.take(db, head, first.action_id, "check")
    notes.write(db, head, subject, week, "到店组数连续两周下降，主要是二组；本周先看邀约到店率。")


ANSWERS = {
    "sources_complete": ("accept", "已与门店核对，当日没有业务"),
    "unknown_references": ("accept", "该员工已离职，台账由门店更正"),
    "complaints_ruled": ("carry", "等待部门总监判定"),
    "differences_looked_at": ("accept", "已核对，与业务量一致"),
}
"""What HR of the demo says to the open items of the checklist."""


def _answer(db: Database, hr: access.Identity, period: Period) -> None:
    for key in dict.fromkeys(it.key for it in checklist.check(db, hr, period) if it.state == "open"):
        choice, words = ANSWERS[key]
        checklist.answer(db, hr, period, item=key, choice=choice, words=words)
