"""Plan F1 from the office's own rows: leads, invitations, visits, orders and calls become lines with their sources."""

from datetime import date
from importlib.resources import files
from typing import Any

import polars as pl

from metrics.period import Period
from scorecards import plan as plans
from scorecards.explain import explain, rivals
from scorecards.rules import PayResult, pay_lines
from scorecards.sheet import build
from tests.scorecards.group import group, post

OCTOBER = Period.parse("2026-10")
AS_OF = date(2026, 11, 5)


def rows(leads: int = 20, visits: int = 4, deals: int = 1, missed: int = 0) -> dict[str, list[dict[str, Any]]]:
    """A month of E1: so many leads, of whom the first came, of whom the first ordered; ten 400 calls, some missed."""
    customers = [f"C{number:03}" for number in range(leads)]
    return {
        "people": [post("E1", "invite_specialist", department="呼叫中心")],
        "targets": [
            {"metric": "visit_groups", "level": "person", "subject_id": "E1", "since": "2026-01", "goal": 5},
        ],
        "leads": [
            {
                "lead_id": f"L{customer}", "store_id": "S01", "customer_id": customer, "person_id": "E1",
                "received_at": "2026-10-02 10:00", "validity": "有效", "first_contact_at": "2026-10-02 10:10",
            }
            for customer in customers
        ],
        "invitations": [
            {
                "invitation_id": f"I{customer}", "customer_id": customer, "store_id": "S01", "person_id": "E1",
                "invited_at": "2026-10-05 10:00", "purpose": "到店看车",
            }
            for customer in customers[:visits]
        ],
        "store_visits": [
            {"visit_id": f"V{customer}", "customer_id": customer, "store_id": "S01", "arrived_at": "2026-10-08 14:00"}
            for customer in customers[:visits]
        ],
        "orders": [
            {"order_id": f"O{customer}", "customer_id": customer, "store_id": "S01", "ordered_at": "2026-10-08 16:00"}
            for customer in customers[:deals]
        ],
        "call_logs": [
            {
                "call_id": f"K{number}", "store_id": "S01", "person_id": "E1", "started_at": "2026-10-09 09:00",
                "direction": "呼入", "line": "400", "is_answered": number >= missed,
            }
            for number in range(10)
        ],
    }  # fmt: skip


def paid(plan_name: str, **tables: Any) -> PayResult:
    plan = plans.read((files("scorecards") / "plans" / f"{plan_name}.toml").read_text(encoding="utf-8"))
    people = tables.pop("people")
    return pay_lines([plan], group(people, **tables), OCTOBER, as_of=AS_OF)


def by_rule(found: PayResult) -> dict[str, int]:
    return dict(found.lines.group_by("rule").agg(pl.col("amount_fen").sum()).sort("rule").iter_rows())


def test_the_written_version_from_rows() -> None:
    found = by_rule(paid("f1", **rows()))
    assert {rule: amount for rule, amount in found.items() if rule != "F1.1"} == {
        "F1.2": 192_00,  # 4 · 60 · 4/5
        "F1.3": 32_00,  # 4 · 10 · 4/5, 4 ÷ 20 = 20 %
        "F1.5": 32_00,  # 1 · 40 · 4/5; 1 ÷ 4 = 25 % < 30 %: no premium
    }


def test_indicators_are_read_from_the_metrics() -> None:
    lines = paid("f1", **rows()).lines
    met = lines.filter(lines["rule"] == "F1.1")["metric"].to_list()
    assert set(met) >= {"valid_lead_rate", "lead_response_punctuality_business", "month_visit_rate", "lead_close_rate"}
    assert "store_close_rate" not in met  # 1 ÷ 4 = 25 % < 35 %


def test_a_missed_call_takes_500_and_no_more_than_there_is() -> None:
    lines = paid("f1", **rows(missed=2)).lines
    (line,) = lines.filter(lines["kind"] == "kpi_reduction").to_dicts()
    assert (line["requested_fen"], line["numerator"], line["denominator"]) == (-500_00, 8, 10)
    assert line["arithmetic_zh"].startswith("400接起率 8÷10，漏接 2 次，按月一次扣减 500.00 元")
    assert lines["amount_fen"].sum() >= 0


def test_the_layouts_pay_the_same_rows_their_own_way() -> None:
    stated = {
        "source": "绩效表", "metric": "indicators_paid", "level": "person", "subject_id": "E1", "period": "2026-10",
        "value": 6,
    }  # fmt: skip
    month = {**rows(), "stated_figures": [stated]}
    assert by_rule(paid("f1_flat", **month)) == {"F1.1": 600_00, "F1.2": 240_00, "F1.5": 40_00, "F1.8": -200_00}
    assert by_rule(paid("f1_bands", **month)) == {
        "F1.1": 600_00, "F1.2": 240_00, "F1.3": 40_00, "F1.5": 40_00, "F1.6": 20_00,  # 1 ÷ 4 = 25 % ≥ 22.5 %
    }  # fmt: skip


def test_a_store_that_sent_no_visits_charges_nobody_for_the_task() -> None:
    month = rows()
    found = paid("f1_flat", **{**month, "store_visits": []})
    assert "F1.8" not in by_rule(found)
    others = [{**month["store_visits"][0], "customer_id": "CX"}]  # nobody invited this one
    assert "F1.8" in {one.rule for one in paid("f1_flat", **{**month, "store_visits": others}).judgements}


def test_a_stated_figure_never_stands_for_a_computed_one() -> None:
    stated = {
        "source": "绩效表", "metric": "visit_groups", "level": "person", "subject_id": "E1", "period": "2026-10",
        "value": 9,
    }  # fmt: skip
    found = paid("f1_flat", **{**rows(), "stated_figures": [stated]})
    assert by_rule(found)["F1.2"] == 240_00
    assert any("外部数 9÷1，系统计算 4÷1" in finding.message.zh for finding in found.findings)


def test_each_line_names_the_rows_it_rests_on() -> None:
    found = paid("f1_bands", **rows())
    (visits,) = found.lines.filter(found.lines["rule"] == "F1.2").to_dicts()
    assert [(row["contract"], row["key"], row["file"], row["row"]) for row in visits["evidence"]] == [
        ("store_visits", f"VC{number:03}", "store_visits.csv", number + 2) for number in range(4)
    ]
    facts = group(rows()["people"], **{name: of for name, of in rows().items() if name != "people"})
    sheet = build(found, [], facts, OCTOBER, "S01", as_of=AS_OF)
    tree = explain(visits, sheet).as_text("zh")
    assert "指标：到店组数 2026-10 4 = 4 ÷ 1" in tree
    assert "store_visits.csv 第 2 行" in tree


def test_who_lost_the_credit_for_a_visit_and_why_stands_below_its_row() -> None:
    month = rows(visits=1)
    first = {**month["invitations"][0], "invitation_id": "I0", "person_id": "E2", "invited_at": "2026-10-04 10:00"}
    month["invitations"].append(first)
    month["people"].append(post("E2", "invite_specialist", department="呼叫中心"))
    found = paid("f1_bands", **month)
    facts = group(month.pop("people"), **month)
    sheet = build(found, [], facts, OCTOBER, "S01", as_of=AS_OF)
    for rule, contract in (("F1.2", "store_visits"), ("F1.5", "orders")):
        (line,) = found.lines.filter(found.lines["rule"] == rule).to_dicts()
        credit = rivals(line, facts, AS_OF)
        assert [words.zh for words in credit[contract, "VC000" if rule == "F1.2" else "OC000"]] == [
            "邀约记录 IC000 E1 2026-10-05 10:00：计入",
            "邀约记录 I0 E2 2026-10-04 10:00：之后还有更近的一次",
        ]
        assert "I0 E2 2026-10-04 10:00：之后还有更近的一次" in explain(line, sheet, credit).as_text("zh")
