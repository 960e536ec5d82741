"""The helper that other tests build on holds what an import would leave behind."""

from datetime import date

import polars as pl
import pytest
from dataframely.exc import ValidationError

from data_contracts.catalogue import CONTRACTS
from tests.facts import facts


def test_every_contract_is_there_and_typed_and_says_where_its_rows_came_from() -> None:
    built = facts()
    assert list(built) == list(CONTRACTS)
    for name, contract in CONTRACTS.items():
        declared = contract.schema.create_empty().schema
        expected = {column: kind for column, kind in declared.items() if column != "phone"}
        expected |= {"day": pl.Date()} if contract.dated_by else {}
        expected |= {"_import_id": pl.Int64(), "_file": pl.String(), "_sheet": pl.String(), "_row": pl.Int64()}
        assert dict(built[name].collect_schema()) == expected


def test_defaults_are_filled_as_an_import_fills_them() -> None:
    built = facts(
        people=[{"person_id": "E1", "role": "technician", "department": "售后部", "since": "2026-01-01"}],
        surveys=[{"survey_id": "Q1", "programme": "CSS", "item": "总分", "surveyed_on": "2026-10-05",
                  "score_hundredths": 9000}],
    )  # fmt: skip
    assert built["people"].select("share_bp", "until", "_row").collect().row(0) == (10_000, None, 2)
    assert built["surveys"].select("max_score_hundredths", "day").collect().row(0) == (10_000, date(2026, 10, 5))


def test_rows_that_break_their_contract_do_not_pass() -> None:
    with pytest.raises(ValidationError):
        facts(people=[{"person_id": "E1", "role": "technician", "department": "售后部", "since": "2026-01-01",
                       "until": "2026-01-01"}])  # fmt: skip
    with pytest.raises(AssertionError, match="has no"):
        facts(stores=[{"shop": "S01"}])
