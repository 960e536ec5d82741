"""A template is an empty workbook that comes back as what it was made for."""

import io

import openpyxl

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import contract_of
from kpi_app.intake.read import Incoming, recognised
from kpi_app.intake.templates import GUIDE_SHEET, KINDS, template


def test_every_template_is_recognised_as_its_contract_and_holds_no_rows() -> None:
    found = recognised([Incoming(f"{name}.xlsx", template(contract)) for name, contract in CONTRACTS.items()])
    assert [one.errors for one in found if one.errors] == []
    assert [one.tables[0].contract.name for one in found] == list(CONTRACTS)
    assert all(one.tables[0].raw.height == 0 and one.unread == [] for one in found)


def test_required_headings_are_bold_and_every_heading_is_explained() -> None:
    contract = contract_of("people")
    sheet = openpyxl.load_workbook(io.BytesIO(template(contract))).worksheets[0]
    for cell, heading in zip(contract.cells.values(), sheet[1], strict=True):
        assert heading.value == cell.heading.zh
        assert heading.font.bold == cell.required
        assert heading.comment is not None
        assert cell.heading.en in heading.comment.text
        assert KINDS[cell.kind].zh in heading.comment.text


def test_the_guide_shows_an_example_of_every_column() -> None:
    contract = contract_of("invitations")
    guide = openpyxl.load_workbook(io.BytesIO(template(contract)))[GUIDE_SHEET]
    assert [row[4].value or "" for row in guide.iter_rows(min_row=2)] == [
        cell.example for cell in contract.cells.values()
    ]
