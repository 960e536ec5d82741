"""Stores, people in their posts, wages, days and targets: who an event counts for, and what it is worth."""

import zoneinfo

import dataframely as dy
import polars as pl

from data_contracts.contract import (
    across,
    at_least,
    clock,
    code,
    contract,
    day,
    identifier,
    is_month,
    money,
    not_before,
    number,
    percent,
    period,
    text,
    yes_no,
)

ROLES = {
    "invite_specialist": ("邀约专员", "DCC邀约专员", "网销专员"),
    "renewal_specialist": ("续保专员",),
    "callback_agent": ("回访员", "客服专员"),
    "customer_care_specialist": ("客户专员",),
    "sales_consultant": ("销售顾问",),
    "service_advisor": ("服务顾问",),
    "technician": ("技师",),
    "marketing_specialist": ("市场专员",),
    "supervisor_agent": ("监管专员",),
    "team_leader": ("组长",),
    "internet_sales_manager": ("网销经理",),
    "showroom_manager": ("展厅经理",),
    "retail_manager": ("零售经理",),
    "service_manager": ("服务经理",),
    "customer_service_manager": ("客服经理",),
    "marketing_manager": ("市场经理",),
    "sales_director": ("销售总监",),
    "service_director": ("服务总监",),
    "customer_care_director": ("客户关爱总监", "客户总监"),
    "general_manager": ("总经理",),
    "hr_specialist": ("人事专员",),
    "finance_specialist": ("财务",),
}
"""Role code → 岗位, then its other names. Settings may add more."""

DEPARTMENTS = {
    "市场部": (),
    "客服部": ("客户服务部", "客户关爱部"),
    "网销部": ("网络销售部",),
    "呼叫中心": ("DCC",),
    "销售部": (),
    "售后部": ("售后服务部", "服务部"),
    "人事行政部": ("人事部", "行政部", "行政人事部"),
    "财务部": (),
    "管理层": (),
}
"""部门 → its other names. Settings may add more."""

LEVELS = {
    "person": ("个人", "员工"),
    "team": ("班组", "小组"),
    "role": ("岗位",),
    "department": ("部门",),
    "store": ("门店",),
    "region": ("区域", "大区"),
    "group": ("集团", "全集团"),
}
"""Level code → its names in an office's file."""

SUBJECTS = ("level", {"person": "people", "store": "stores", "role": "roles"})
"""What a subject's id must be found in, by the level it stands on."""

STORE_HEADINGS = ("经销商代码", "经销商编号", "经销商号", "门店代码", "门店ID", "店代码")


@contract("stores", "门店", "Stores")
class Stores(dy.Schema):
    """One row per store; its region and city choose the regional average and the minimum wage."""

    store_id = identifier("门店编号", "Store ID", key=True, also=STORE_HEADINGS, example="S01")
    store_name = text(
        "门店名称", "Store name", required=True, also=("门店", "经销商名称", "经销商简称"), example="示例一店"
    )
    region = text("区域", "Region", required=True, also=("大区", "RBO", "RSSC"), example="华东")
    city = text("城市", "City", also=("所在城市",), example="上海")
    opened_on = day("开业日期", "Opened on", example="2018-05-01")
    closed_on = day("闭店日期", "Closed on")
    opens_at = clock("营业开始", "Opens at", default="08:30", also=("营业开始时间",), example="08:30")
    closes_at = clock("营业结束", "Closes at", default="17:30", also=("营业结束时间",), example="17:30")
    zone = text("时区", "Time zone", default="Asia/Shanghai", example="Asia/Shanghai")
    weekday_weights = text(
        "星期权重", "Weekday weights", also=("周一至周日权重",), example="1,1,1,1,1,2,2"
    )  # of a month's counts, Monday first; empty: every day alike

    closed_after_opened = not_before("closed_on", "opened_on")
    closes_after_opens = not_before("closes_at", "opens_at", strictly=True)

    @across(
        blames="zone",
        reason=("没有这个时区", "there is no such time zone"),
        remedy=("请写 Asia/Shanghai 一类的时区名，或留空", "write a name such as Asia/Shanghai, or leave it empty"),
    )
    def zone_exists(cls) -> pl.Expr:
        return pl.col("zone").is_in(sorted(zoneinfo.available_timezones()))

    @across(
        blames="weekday_weights",
        reason=(
            "{weekday_weights}应是周一到周日的 7 个整数，不能全为 0",
            "{weekday_weights} are seven whole numbers, Monday to Sunday, not all 0",
        ),
        remedy=(
            "请写 1,1,1,1,1,2,2 一类的整数，或留空按每天相同",
            "write numbers such as 1,1,1,1,1,2,2, or leave it empty",
        ),
    )
    def weekday_weights_are_seven(cls) -> pl.Expr:
        weights = pl.col("weekday_weights")
        return weights.str.contains(r"^\d{1,3}([,，]\d{1,3}){6}$") & weights.str.contains("[1-9]")


@contract("people", "人员任职", "People and posts")
class People(dy.Schema):
    """One row per post of a person, half-open from ``since`` to ``until``; a transfer is a new row."""

    person_id = identifier("工号", "Person ID", key=True, also=("员工编号", "员工工号", "人员编号"), example="E001")
    person_name = text("姓名", "Name", required=True, also=("员工姓名",), is_personal=True, example="示例员工甲")
    role = code("岗位", "Role", ROLES, key=True, also=("职务", "岗位名称"), example="邀约专员")
    team_id = identifier("班组编号", "Team ID", key=True, also=("小组编号", "班组代码"), example="T01")
    team_name = text("班组", "Team", also=("小组", "班组名称", "小组名称"), example="邀约一组")
    department = code("部门", "Department", DEPARTMENTS, required=True, also=("所属部门",), example="呼叫中心")
    store_id = identifier("门店编号", "Store ID", required=True, also=STORE_HEADINGS, refers="stores", example="S01")
    since = day("生效日期", "Since", key=True, also=("任职日期", "到岗日期"), example="2026-01-01")
    until = day("失效日期", "Until", also=("离岗日期",))
    share_bp = percent("岗位占比", "Share of the post", default="100%", also=("占比",), example="100%")
    hired_on = day("入职日期", "Hired on", also=("入职时间",), example="2025-12-01")
    left_on = day("离职日期", "Left on", also=("离职时间",))
    manager_id = identifier("直属上级工号", "Manager ID", also=("上级工号",), refers="people")
    protected_until = day("保护期至", "Protected until", also=("试用期至",))
    is_leader = yes_no("是否组长", "Is team leader", also=("组长",), example="否")

    until_after_since = not_before("until", "since", strictly=True)
    left_after_hired = not_before("left_on", "hired_on")

    @across(
        blames="person_id",
        reason=("同一{person_id}对应不同的{person_name}", "one {person_id} stands with different names"),
        remedy=(
            "两人可以同名，但工号不能相同；请改正工号",
            "two people may share a name, never a person ID; correct it",
        ),
    )
    def one_person_one_name(cls) -> pl.Expr:
        return pl.col("person_name").drop_nulls().n_unique().over("person_id") <= 1

    @across(
        blames="share_bp",
        reason=("{share_bp}应大于 0 且不超过 100%", "{share_bp} must be above 0 and at most 100 %"),
        remedy=("请改正占比", "correct the share"),
    )
    def share_is_a_part(cls) -> pl.Expr:
        return pl.col("share_bp").is_between(1, 10_000)


@contract("pay_profiles", "薪资基数", "Pay profiles", is_confidential=True)
class PayProfiles(dy.Schema):
    """What a person is paid outside this product, from ``since`` on. Confidential: HR only."""

    person_id = identifier(
        "工号", "Person ID", key=True, also=("员工编号", "员工工号"), refers="people", example="E001"
    )
    since = day("生效日期", "Since", key=True, example="2026-01-01")
    contract_wage_fen = money(
        "合同工资", "Contract wage", required=True, example="4500.00", also=("合同约定工资",),
    )  # fmt: skip
    other_pay_fen = money("其他应发", "Other pay of the month", required=True, example="5200.00")
    performance_base_fen = money("绩效基数", "Performance base", also=("绩效工资基数",), example="2000.00")
    has_loss_clause = yes_no("有赔偿约定", "Has a compensation clause", also=("是否有赔偿约定",), example="否")

    contract_wage_not_negative = at_least("contract_wage_fen", 0)
    performance_base_not_negative = at_least("performance_base_fen", 0)


@contract("minimum_wages", "最低工资", "Minimum wages")
class MinimumWages(dy.Schema):
    """The statutory minimum wage of a city per month, from ``since`` on, with its source."""

    city = text("城市", "City", key=True, also=("地区",), example="上海")
    since = day("生效日期", "Since", key=True, also=("执行日期",), example="2026-07-01")
    amount_fen = money("月最低工资", "Monthly minimum wage", required=True, also=("月最低工资标准",), example="2000.00")
    source = text("依据", "Source", required=True, also=("文件依据", "文号"), example="示例文号〔2026〕1号")

    amount_positive = at_least("amount_fen", 1, shown="0.01")


@contract("absences", "缺勤", "Absences")
class Absences(dy.Schema):
    """Days a person was away, both ends included; they stop the person's own clocks."""

    person_id = identifier(
        "工号", "Person ID", key=True, also=("员工编号", "员工工号"), refers="people", example="E001"
    )
    from_on = day("开始日期", "From", key=True, also=("请假开始日期",), example="2026-10-12")
    to_on = day("结束日期", "To", required=True, also=("请假结束日期",), example="2026-10-14")
    kind = code(
        "类型",
        "Kind",
        {"病假": (), "事假": (), "产假": (), "停岗": ("停职",), "培训": ()},
        required=True,
        also=("缺勤类型", "请假类型"),
        example="病假",
    )
    covered_by = identifier("代班人工号", "Covered by", also=("代班人",), refers="people")

    to_not_before_from = not_before("to_on", "from_on")


@contract("calendar_days", "工作日安排", "Working days")
class CalendarDays(dy.Schema):
    """A day on which China works or not by the State Council's notice; it stands above the built-in calendar."""

    falls_on = day("日期", "Date", key=True, also=("公历日期",), example="2027-02-06")
    is_working = yes_no("是否上班", "Is a working day", required=True, also=("是否工作日", "上班"), example="是")
    notice = text("通知文号", "Notice", required=True, also=("放假通知",), example="示例国办发明电〔2026〕1号")


@contract("targets", "目标", "Targets")
class Targets(dy.Schema):
    """What a metric should reach for a subject, from one month to before another.

    ``since`` and ``until`` are month labels; ``goal``, ``floor`` and ``stretch`` are in the metric's unit.
    """

    metric = text("指标", "Metric", key=True, also=("指标编号", "指标代码"), example="invite_to_store_rate")
    level = code("层级", "Level", LEVELS, key=True, example="岗位")
    subject_id = identifier(
        "对象编号", "Subject ID", key=True, also=("对象",), refers_by=SUBJECTS, example="invite_specialist"
    )
    period_kind = code(
        "期间类型",
        "Period kind",
        {"month": ("月", "月度"), "week": ("周",), "quarter": ("季", "季度")},
        key=True,
        default="month",
        example="月",
    )
    since = period("生效月份", "Since month", key=True, also=("开始月份",), example="2026-01")
    until = period("失效月份", "Until month", also=("结束月份",))
    goal = number("目标值", "Goal", required=True, also=("目标",), example="70%")
    floor = number("底线值", "Floor", also=("门槛值",), example="40%")
    stretch = number("挑战值", "Stretch", also=("冲刺值",), example="80%")

    since_is_month = is_month("since")
    until_is_month = is_month("until")
    until_after_since = not_before("until", "since", strictly=True)

    @across(
        blames="goal",
        reason=("{goal}应在{floor}与{stretch}之间", "{goal} must lie between {floor} and {stretch}"),
        remedy=("请核对三个数值", "check the three figures"),
    )
    def goal_between_floor_and_stretch(cls) -> pl.Expr:
        floor, goal, stretch = pl.col("floor"), pl.col("goal"), pl.col("stretch")
        return ((floor <= goal) & (goal <= stretch)) | ((floor >= goal) & (goal >= stretch))
