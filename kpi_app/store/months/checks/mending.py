"""How each item of the checklist is checked, who mends it, what to do next, and which answers leave it behind."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from data_contracts.contract import Text
from kpi_app.store.months.checks import Ground, Place, of_data, of_sheet

HR = Text("编制人", "who prepares the month")
IMPORTS = Text("数据导入人", "who imports")
DIRECTOR = Text("部门总监", "the department's director")
HEAD = Text("部门负责人", "the department's head")
ADMIN = Text("管理员", "an administrator")
APPROVER = Text("审批人", "an approver")


@dataclass(frozen=True)
class Mending:
    """How an item is checked, who mends it, what to do next, and which answers leave it behind."""

    check: Callable[[Ground], Iterator[Place]]
    by: Text
    next_step: Text
    choices: tuple[str, ...] = ()


_ANSWER = Text("或核对后认可：kpi month answer", "or accept it once looked at: kpi month answer")
MENDING: Mapping[str, Mending] = {
    "computed_to_the_end": Mending(
        of_sheet.computed_to_the_end, HR, Text("月末之后计算：kpi month compute", "compute it after the month's end")
    ),
    "sources_complete": Mending(
        of_data.sources_complete, IMPORTS, Text(f"补导缺的数据，{_ANSWER.zh}", f"import what is missing, {_ANSWER.en}"),
        ("accept",),
    ),
    "late_facts": Mending(
        of_data.late_facts, HR, Text(f"下月补差，{_ANSWER.zh}", f"corrected next month, {_ANSWER.en}"), ("accept",)
    ),
    "unknown_references": Mending(
        of_data.unknown_references, IMPORTS,
        Text(f"导入人员或门店，改正后重新导入该文件，{_ANSWER.zh}", f"mend the file and import it again, {_ANSWER.en}"),
        ("accept",),
    ),
    "benchmarks_present": Mending(
        of_data.benchmarks_present, IMPORTS, Text("厂家公布后导入区域平均分", "import the averages once published"),
        ("accept",),
    ),
    "complaints_ruled": Mending(
        of_data.complaints_ruled, DIRECTOR,
        Text("判定责任：kpi ruling set，或由编制人顺延：kpi month answer", "rule on it, or carry it with a reason"),
        ("carry", "block"),
    ),
    "other_complaints_ruled": Mending(
        of_data.other_complaints_ruled, DIRECTOR, Text("判定责任：kpi ruling set", "rule on it: kpi ruling set"),
        ("carry", "block"),
    ),
    "figures_missing": Mending(
        of_sheet.figures_missing, IMPORTS, Text("补导数据后重新计算", "import the data and compute again"), ("accept",)
    ),
    "provisional_figures": Mending(
        of_sheet.provisional_figures, HR, Text("定数后自动补差", "corrected once they are settled"), ("accept",)
    ),
    "minimum_wages_set": Mending(
        of_data.minimum_wages_set, HR, Text("导入最低工资", "import the minimum wages"), ("accept",)
    ),
    "pay_profiles_present": Mending(
        of_sheet.pay_profiles_present, HR, Text("导入薪资基数", "import the pay profiles"), ("accept",)
    ),
    "manual_lines_approved": Mending(
        of_sheet.manual_lines_approved, APPROVER, Text("审批：kpi line approve", "approve it"), ("accept",)
    ),
    "appeals_answered": Mending(
        of_sheet.appeals_answered, HEAD,
        Text("答复异议，或由编制人顺延：kpi month answer", "answer it, or HR carries it with a reason"),
        ("carry", "block"),
    ),
    "differences_looked_at": Mending(
        of_sheet.differences_looked_at, HR, Text("核对后写明原因：kpi month answer", "look and say why"),
        ("accept", "block"),
    ),
    "paid_twice": Mending(
        of_sheet.paid_twice, HR, Text("核对重复计发的行", "look at the lines paid twice"), ("accept", "block")
    ),
    "plan_findings": Mending(
        of_sheet.plan_findings, ADMIN, Text("核对方案与数据", "look at plan and data"), ("accept",)
    ),
    "sign_offs": Mending(
        of_sheet.departments_signed_off, HEAD, Text("核对并签认：kpi month sign-off", "check and sign off"),
        ("accept",),
    ),
}  # fmt: skip
