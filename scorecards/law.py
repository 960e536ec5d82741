"""The law profile: what the pay guards hold deductions to, dated, by region, each parameter with its legal source.

A profile is a TOML file: one version of one region, from a pay month on. It is configuration that an administrator
answers for, not legal advice. A store takes the profile of the region that names its city, else the nationwide one.
"""

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files

from data_contracts.contract import Problem, Text
from scorecards.table import Finding, Table, error, warning

NATIONWIDE = "全国"
NATIONAL_SHARE = Fraction(1, 5)
"""What the nationwide rule allows a month; a profile above it is warned of."""


class LawError(Problem, ValueError):
    """A profile that does not load, with everything found wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        super().__init__(
            "法规参数未载入：\n" + "\n".join(f"{it.where}：{it.message.zh}" for it in self.findings),
            "The law profile was not loaded:\n" + "\n".join(f"{it.where}: {it.message.en}" for it in self.findings),
        )


@dataclass(frozen=True, kw_only=True)
class Law:
    """One version of a region's profile. ``digest`` identifies the text it was read from.

    ``loss_share`` is the most of the lower of contract wage and gross that loss compensation takes in a month;
    ``fine_share`` the same for disciplinary fines, 0 where they are not allowed.
    """

    region: str
    cities: tuple[str, ...]
    name: Text
    since: str
    loss_share: Fraction
    loss_source: str
    fine_share: Fraction
    fine_source: str
    digest: str

    @property
    def allows_fines(self) -> bool:
        """May a disciplinary fine be taken from pay here at all?"""
        return self.fine_share > 0


def read(toml_text: str) -> Law:
    """The profile of a TOML text. Raises LawError with all findings."""
    law, findings = _read(toml_text)
    if law is None or any(finding.severity == "error" for finding in findings):
        raise LawError(findings)
    return law


def check_text(toml_text: str) -> list[Finding]:
    """Everything there is to say about a TOML text, whether or not it would load; errors first."""
    return sorted(_read(toml_text)[1], key=lambda finding: finding.severity)


def shipped_text() -> str:
    """The nationwide profile that ships with the product."""
    return (files("scorecards") / "laws" / "china.toml").read_text(encoding="utf-8")


def shipped() -> Law:
    """The same, read."""
    return read(shipped_text())


def in_force(versions: Iterable[Law], month: str) -> list[Law]:
    """Of each region the version that applies in a pay month, by region; of one since the last given."""
    latest: dict[str, Law] = {}
    for law in sorted(versions, key=lambda law: law.since):
        if law.since <= month:
            latest[law.region] = law
    return [latest[region] for region in sorted(latest)]


def law_of(laws: Iterable[Law], city: str | None) -> Law | None:
    """Of the profiles in force the one of that city, else the nationwide one; None where neither is there."""
    by_region = {law.region: law for law in laws}
    own = [law for law in by_region.values() if city is not None and city in law.cities]
    return own[0] if own else by_region.get(NATIONWIDE)


def names_a_fine(words: str) -> bool:
    """Does a reason or the name of a rule speak of a fine?"""
    return "罚款" in words or "罚金" in words or "disciplinary fine" in words.lower()


def _read(toml_text: str) -> tuple[Law | None, list[Finding]]:
    try:
        raw = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as fault:
        message = Text(f"不是有效的 TOML：{fault}；请按提示的行列修改", f"not valid TOML: {fault}; mend that line")
        return None, [error("TOML", message)]
    findings: list[Finding] = []
    table = Table(raw, "", findings)
    loss, fine = table.table("loss_compensation"), table.table("disciplinary_fine")
    is_allowed = fine.yes_no("is_allowed")
    law = Law(
        region=table.text("region"),
        cities=table.words("cities") if "cities" in table.raw else (),
        name=table.label("name"),
        since=table.month("since"),
        loss_share=loss.share("share"),
        loss_source=loss.text("source"),
        fine_share=fine.share("share") if is_allowed else Fraction(0),
        fine_source=fine.text("source"),
        digest=hashlib.sha256(toml_text.encode()).hexdigest(),
    )
    for part in (loss, fine, table):
        part.finish()
    return law, findings or _faults(law, is_allowed=is_allowed)


def _faults(law: Law, *, is_allowed: bool) -> list[Finding]:
    found = []
    is_nationwide = law.region == NATIONWIDE
    if is_nationwide == bool(law.cities):
        found.append(
            error(
                "cities",
                Text(
                    "全国的参数不写城市，地区的参数要写城市", "a region names its cities, the nationwide profile none"
                ),
            )
        )
    if is_allowed and is_nationwide:
        found.append(
            error(
                "disciplinary_fine.is_allowed",
                Text("只有注明依据的地区参数可以允许罚款", "only a region's profile, with its source, may allow fines"),
            )
        )
    shares = [("loss_compensation.share", law.loss_share)]
    shares += [("disciplinary_fine.share", law.fine_share)] if is_allowed else []
    for where, share in shares:
        if not 0 < share <= 1:
            found.append(error(where, Text("应大于 0 且不超过 100%", "must be above 0 and at most 100 %")))
        elif share > NATIONAL_SHARE:
            found.append(
                warning(where, Text("高于全国规定的 20%，请核对依据", "above the nationwide 20 %; check the source"))
            )
    return found
