"""What 奖惩明细 says of a line on figures an office states."""

from kpi_app.exports.detail import COLUMNS, events
from scorecards.sheet import build
from tests.scorecards.group import OCTOBER, group
from tests.scorecards.own_figures import AS_OF, caller, plan, result, stated, task

RULE = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "60.00"\ntask = "visits"\n'


def test_a_stated_count_stands_there_with_its_amount_and_arithmetic() -> None:
    the_plan, targets = plan(RULE), [task(70)]
    found = result(the_plan, stated("E1", "visits", 51), targets=targets)
    sheet = build(found, [the_plan], group([caller()], targets=targets), OCTOBER, "S01", as_of=AS_OF)
    (event,) = events(sheet)
    row = {column.heading: column.value(event) for column in COLUMNS}
    assert (row["规则编号"], row["类型"], row["指标值"], row["应计金额"]) == ("X1", "提成", "51", 2229_43)
    assert row["事由"] == "到店 51 × 60.00 元 × 任务达成（51÷70 = 72.9%） = 2,229.43 元"
