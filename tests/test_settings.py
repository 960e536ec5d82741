"""Settings come from the environment, are checked, and hold the only clock."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data_contracts.contract import Problem
from kpi_app.settings import PROJECT, Settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"KPI_{name.upper()}", raising=False)


def test_home_stands_in_the_project_unless_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Settings().home == PROJECT / ".kpi"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KPI_HOME", "data")
    assert Settings().home == tmp_path / "data"  # as a shell means it
    monkeypatch.setenv("KPI_HOME", "")
    assert Settings().home == PROJECT / ".kpi"  # an empty variable is none


@pytest.mark.parametrize(
    ("utc", "zone", "today"),
    [
        (datetime(2026, 10, 31, 15, 59, tzinfo=UTC), "Asia/Shanghai", date(2026, 10, 31)),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), "Asia/Shanghai", date(2026, 11, 1)),  # + 8 h is midnight there
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), "UTC", date(2026, 10, 31)),
    ],
)
def test_today_is_the_offices_day(utc: datetime, zone: str, today: date) -> None:
    class At(Settings):
        def now_utc(self) -> datetime:
            return utc

    assert At(zone=zone).today() == today
    assert At(zone=zone, as_of="2026-07-01").today() == date(2026, 7, 1)
    assert At(zone=zone, as_of="2026-07-01").now_utc() == utc  # stamps are never moved


def test_departments_and_roles_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_DEPARTMENTS", "客服二部, 直播部，")
    monkeypatch.setenv("KPI_ROLES", "live_host=主播,test_driver=试驾专员")
    settings = Settings()
    assert settings.departments == ("客服二部", "直播部")
    assert settings.extra_roles == {"live_host": "主播", "test_driver": "试驾专员"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("zone", "Mars/Olympus"),
        ("zone", "Asia"),
        ("zone", "../etc/passwd"),
        ("as_of", "2026-02-30"),
        ("month_starts_on", "29"),
        ("language", "fr"),
        ("roles", "主播"),
        ("database_url", "mysql://localhost"),
    ],
)
def test_what_cannot_be_names_the_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"KPI_{name.upper()}", value)
    with pytest.raises(Problem, match=f"KPI_{name.upper()}"):
        Settings()


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())
