"""The twenty-two contracts keep their own promises."""

import polars as pl
import pytest

from data_contracts.catalogue import CONTRACTS, THEMES
from data_contracts.check import Known, check
from data_contracts.contract import UNIT_SUFFIX, contract_of, identifier_of
from data_contracts.headings import Match, needed, plain, recognise

KNOWN = Known(
    stores=frozenset({"S01"}),
    people=frozenset({"E001", "E010", "E020", "E030", "E040", "E041", "E050"}),
    complaints=frozenset({"TS000001"}),
)
EVERY = pytest.mark.parametrize("name", CONTRACTS)


def test_there_are_twenty_two_and_stores_and_people_come_first() -> None:
    assert len(CONTRACTS) == 22
    assert list(CONTRACTS)[:2] == ["stores", "people"]
    assert list(CONTRACTS).index("complaints") < list(CONTRACTS).index("complaint_rulings")
    # What a theme declares is on the list: a contract that is not is read by nobody.
    assert {schema for theme in THEMES for schema in vars(theme).values() if hasattr(schema, "primary_key")} == {
        contract.schema for contract in CONTRACTS.values()
    }


@EVERY
def test_a_row_of_the_examples_is_accepted(name: str) -> None:
    contract = contract_of(name)
    cells = {column: [cell.example or None] for column, cell in contract.cells.items()}
    raw = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)).with_columns(
        pl.lit(None, pl.String).alias("_sheet"), pl.lit(2, pl.Int64).alias("_row")
    )
    checked = check(raw, contract, KNOWN)
    assert [refusal.sentence.zh for refusal in checked.refusals] == []
    assert checked.accepted.height == 1
    if contract.dated_by is not None:
        assert checked.accepted.select(contract.day).dtypes == [pl.Date]


@EVERY
def test_no_heading_stands_for_two_columns(name: str) -> None:
    contract = contract_of(name)
    for own in ("zh", "en"):
        headings = [plain(getattr(cell.heading, own)) for cell in contract.cells.values()]
        assert len(headings) == len(set(headings))
    words = [(plain(word), column) for column, cell in contract.cells.items() for word in cell.also]
    names = {plain(cell.heading.zh): column for column, cell in contract.cells.items()}
    assert [word for word, column in words if names.get(word, column) != column] == []
    assert len({word for word, _ in words}) == len(words)


@EVERY
@pytest.mark.parametrize("language", ["zh", "en", "identifier"])
@pytest.mark.parametrize("extent", ["needed", "all"])
def test_a_contract_is_told_from_the_others_by_its_headings(name: str, language: str, extent: str) -> None:
    contract = contract_of(name)
    columns = needed(contract) if extent == "needed" else list(contract.cells)
    words = [
        identifier_of(column, contract.cells[column])
        if language == "identifier"
        else getattr(contract.cells[column].heading, language)
        for column in columns
    ]
    match = recognise([list(reversed(words))], CONTRACTS.values())
    assert isinstance(match, Match), match
    assert match.contract.name == name
    assert set(match.columns) == set(columns)


@EVERY
def test_typed_names_carry_their_unit(name: str) -> None:
    for column, cell in contract_of(name).cells.items():
        assert column.endswith(UNIT_SUFFIX.get(cell.kind, ""))


@EVERY
def test_every_rule_speaks_both_languages_and_blames_a_column(name: str) -> None:
    contract = contract_of(name)
    for rule in contract.rules.values():
        assert rule.blames in contract.cells
        assert all("{" not in text and text for text in (*rule.reason, *rule.remedy))
    assert len(contract.rules) == len(contract.schema._schema_validation_rules())


def test_a_month_is_dated_by_its_last_day() -> None:
    frame = pl.DataFrame({"month": ["2026-02"]})
    assert str(frame.select(contract_of("club_snapshots").day).item()) == "2026-02-28"
    with pytest.raises(ValueError, match="not dated"):
        _ = contract_of("stores").day
