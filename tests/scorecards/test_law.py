"""A law profile is dated and of a region; every parameter names its source; a region's own goes first."""

from fractions import Fraction

import pytest

from scorecards import law

REGION = """
region = "示例市"
cities = ["示例市"]
name = { zh = "示例市", en = "Sample city" }
since = "2026-07"

[loss_compensation]
share = "15%"
source = "示例条例第一条"

[disciplinary_fine]
is_allowed = true
share = "10%"
source = "示例条例第二条"
"""


def test_the_profile_that_ships_takes_a_fifth_and_allows_no_fines() -> None:
    shipped = law.shipped()
    assert (shipped.region, shipped.since, shipped.loss_share) == ("全国", "1995-01", Fraction(1, 5))
    assert not shipped.allows_fines
    assert "第十六条" in shipped.loss_source
    assert law.check_text(law.shipped_text()) == []


@pytest.mark.parametrize(
    ("month", "city", "share"),
    [
        ("2026-06", "示例市", "1/5"),
        ("2026-07", "示例市", "3/20"),
        ("2026-07", "别市", "1/5"),
        ("2026-07", None, "1/5"),
    ],
)
def test_a_city_takes_its_regions_profile_from_its_month_on(month: str, city: str | None, share: str) -> None:
    found = law.law_of(law.in_force([law.shipped(), law.read(REGION)], month), city)
    assert found is not None
    assert found.loss_share == Fraction(share)


def test_before_any_profile_there_is_none() -> None:
    assert law.law_of(law.in_force([law.shipped()], "1994-12"), "示例市") is None
    assert law.law_of(law.in_force([law.shipped()], "1995-01"), "示例市") is not None


def test_of_one_since_the_last_given_counts() -> None:
    amended = law.read(REGION.replace("15%", "10%"))
    assert law.in_force([law.read(REGION), amended], "2026-07") == [amended]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("share = \"15%\"", "share = \"0%\""), "大于 0"),
        (("share = \"15%\"", "share = \"100.01%\""), "不超过 100%"),
        (("source = \"示例条例第一条\"", ""), "缺少此项"),
        (("source = \"示例条例第二条\"", "source = \" \""), "非空文字"),
        (('cities = ["示例市"]', ""), "地区的参数要写城市"),
        (('region = "示例市"', 'region = "全国"'), "全国的参数不写城市"),
        (('region = "示例市"\ncities = ["示例市"]', 'region = "全国"'), "只有注明依据的地区参数可以允许罚款"),
        (("[disciplinary_fine]", "[disciplinary_fines]"), "缺少此项"),
        (("since = ", "sinse = "), "不认识的项"),
        (("[loss", "[loss["), "TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(change: tuple[str, str], message: str) -> None:
    with pytest.raises(law.LawError, match=message):
        law.read(REGION.replace(*change))


@pytest.mark.parametrize(("share", "warnings"), [("20%", 0), ("20.01%", 1)])
def test_more_than_the_nationwide_fifth_is_warned_of(share: str, warnings: int) -> None:
    found = law.check_text(REGION.replace("15%", share))
    assert [finding.severity for finding in found] == ["warning"] * warnings


@pytest.mark.parametrize(("words", "is_fine"), [("违纪罚款", True), ("Disciplinary fine", True), ("考核扣减", False)])
def test_words_that_name_a_fine(words: str, is_fine: bool) -> None:
    assert law.names_a_fine(words) is is_fine
