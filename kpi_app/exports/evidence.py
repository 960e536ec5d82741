"""The evidence pack: a month with everything it was computed from, in open formats, and how it is computed again.

The file is a zip; ``pack.json`` says what it is and holds a SHA-256 for every other entry:

- ``units/S01/sheet.json``, ``lines.csv`` and ``lines.parquet``: the sheet as it is stored; ``events.json``: who
  computed, submitted, approved and locked it; ``appeals.json``: the objections and their answers; ``given.json``: what
  else the computation read (lines by hand, lines of earlier months, the sheet of the month before).
- ``plans/<sha256>.toml``: the plan versions. ``metrics.json``: the definitions of the metrics.
- ``facts/<contract>/<sha256>.parquet``: the rows the computation could read, of the units' stores and of the stores and
  people they are bound up with; complaint rulings, targets, roster and benchmarks are among them.

Names stand on the sheet alone, which is what was signed; in the roster the 工号 stands in their place, and phone
numbers are not among the facts. The file holds no user and no time of writing: the same month gives the same bytes.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import dataframely as dy
import polars as pl

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Problem, Text
from data_contracts.results import PayLines
from kpi_app import __version__
from kpi_app.exports import given as codec
from kpi_app.exports.csv import lines_csv
from metrics.catalogue import METRICS
from metrics.credit import Facts
from metrics.period import Period
from scorecards import plan as plan_file
from scorecards import sheet as sheets
from scorecards.money import yuan
from scorecards.plan import Plan
from scorecards.rules import pay_lines
from scorecards.sheet import Approval, Sheet

FORMAT = 1
CONTENTS = "pack.json"
NAMES = re.compile(
    r"metrics\.json|plans/[0-9a-f]{64}\.toml|facts/[a-z_]+/[0-9a-f]{64}\.parquet"
    r"|units/[A-Za-z0-9%._-]{1,200}/(sheet\.json|lines\.csv|lines\.parquet|events\.json|appeals\.json|given\.json)"
)
MOST_ENTRIES = 10_000
MOST_BYTES = 4 << 30
BROKEN = (
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError,
    pl.exceptions.PolarsError, dy.exc.SchemaError, dy.exc.ValidationError,
)  # fmt: skip
"""What forged entries may raise where they are read and computed."""
EPOCH = (1980, 1, 1, 0, 0, 0)
ADDED = {"day": pl.Date(), "_import_id": pl.Int64(), "_file": pl.String(), "_sheet": pl.String(), "_row": pl.Int64()}


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit's sheet as it is stored, what was done to it and objected, and what it was computed from.

    ``read`` is what ``pay_lines`` reads besides facts and month, ``built`` what ``sheet.build`` does.
    """

    sheet: Sheet
    events: Sequence[Mapping[str, Any]]
    appeals: Sequence[Mapping[str, Any]]
    facts: Facts
    read: Mapping[str, Any]
    built: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first place where a sheet computed again is not the one in the pack; amounts in fen, null for no line."""

    unit: str
    person_id: str
    rule: str
    line_id: str
    column: str
    stored_fen: int | None
    recomputed_fen: int | None

    @property
    def text(self) -> Text:
        """The difference as a sentence."""
        stored, again = (
            Text("无", "none") if fen is None else Text(f"{yuan(fen)} 元", f"{yuan(fen)} yuan")
            for fen in (self.stored_fen, self.recomputed_fen)
        )
        return Text(
            f"{self.unit} {self.person_id} {self.rule}：表上 {stored.zh}，重新计算 {again.zh}（{self.column}）",
            f"{self.unit} {self.person_id} {self.rule}: {stored.en} on the sheet, {again.en} computed ({self.column})",
        )


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a verification found: entries that are not what ``pack.json`` says, and the first difference in money."""

    period: str
    units: tuple[str, ...]
    lines: int
    total_fen: int
    digest: str
    altered: tuple[str, ...]
    difference: Difference | None
    notes: tuple[Text, ...]

    @property
    def is_equal(self) -> bool:
        """Whether nothing was altered and the month comes out the same."""
        return not self.altered and self.difference is None

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "is_equal": self.is_equal,
            "period": self.period,
            "units": list(self.units),
            "lines": self.lines,
            "total_fen": self.total_fen,
            "digest": self.digest,
            "altered": list(self.altered),
            "difference": None if self.difference is None else self.difference.text.said(lang),
            "notes": [note.said(lang) for note in self.notes],
        }


# Writing.


def pack(
    units: Sequence[Unit],
    plan_texts: Mapping[str, str],
    *,
    month_starts_on: int,
    is_whole: bool = False,
) -> bytes:
    """The pack of units of one month. ``plan_texts`` are the TOML of the plans they read, by digest.

    With ``is_whole`` it holds the rows of every store: for rules that compare people across stores.
    """
    people = {person.person_id for unit in units for person in unit.sheet.people}
    stores = None if is_whole else {str(unit.sheet.store_id) for unit in units}
    entries: dict[str, bytes] = {"metrics.json": _json({key: it.definition() for key, it in METRICS.items()})}
    for digest, text in plan_texts.items():
        entries[f"plans/{digest}.toml"] = text.encode()
    rows: dict[str, dict[str, str]] = {}
    for unit in units:
        files = rows[str(unit.sheet.store_id)] = {}
        for name, frame in _bound_up(unit.facts, stores, people).items():
            if frame.height:
                data = _parquet(frame)
                files[name] = f"facts/{name}/{hashlib.sha256(data).hexdigest()}.parquet"
                entries[files[name]] = data
        folder, sheet = _folder(str(unit.sheet.store_id)), unit.sheet
        entries |= {
            f"{folder}/sheet.json": sheet.dump().encode(),
            f"{folder}/lines.csv": lines_csv(sheet),
            f"{folder}/lines.parquet": _parquet(sheet.lines),
            f"{folder}/events.json": _json(list(unit.events)),
            f"{folder}/appeals.json": _json(list(unit.appeals)),
            f"{folder}/given.json": _json(
                codec.encoded({"read": _of_people(unit.read, people), "built": _trimmed(unit.built)})
            ),
        }
    contents = {
        "format": FORMAT,
        "period": units[0].sheet.period,
        "month_starts_on": month_starts_on,
        "software": __version__,
        "units": {
            str(unit.sheet.store_id): {
                "status": unit.sheet.status,
                "revision": unit.sheet.revision,
                "digest": unit.sheet.digest,
                "facts": rows[str(unit.sheet.store_id)],
            }
            for unit in units
        },
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(entries.items())},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in [(CONTENTS, _json(contents)), *sorted(entries.items())]:
            info = zipfile.ZipInfo(name, EPOCH)
            info.external_attr = 0o600 << 16
            info.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def _folder(store_id: str) -> str:
    return f"units/{quote(store_id, safe='')}"


def _of_people(given: Mapping[str, Any], people: set[str]) -> dict[str, Any]:
    """What was given, without the lines of others than ``people``."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        is_lines = isinstance(value, pl.DataFrame)
        kept[name] = value.filter(pl.col("person_id").is_in(list(people))) if is_lines else value
    return kept


def _trimmed(built: Mapping[str, Any]) -> dict[str, Any]:
    """What a sheet was built with; of the sheet of the month before, the amounts alone."""
    before: Sheet | None = built["previous"]
    if before is None:
        return dict(built)
    people = tuple(replace(person, person_name=person.person_id) for person in before.people)
    return {**built, "previous": replace(before, people=people, judgements=(), findings=(), approvals=(), inputs={})}


def _bound_up(facts: Facts, stores: set[str] | None, people: set[str]) -> dict[str, pl.DataFrame]:
    """The rows of stores (of all, without any), and of every store and person bound up with them; names replaced, and
    bases kept to those of ``people``."""
    rows = {name: frame.collect() for name, frame in facts.items()}
    roster = rows["people"]
    stores = set(rows["stores"]["store_id"]) if stores is None else stores
    known = people | set(roster.filter(pl.col("store_id").is_in(list(stores)))["person_id"])
    wide = stores | set(roster.filter(pl.col("person_id").is_in(list(known)))["store_id"])
    for name, frame in rows.items():
        if "store_id" in frame.columns and (of := _people_columns(name)):
            wide |= set(frame.filter(pl.any_horizontal(pl.col(of).is_in(list(known))))["store_id"])
    kept = {}
    for name, frame in rows.items():
        where = pl.lit(True)
        if name in ("stores", "people", "minimum_wages", "benchmarks"):
            pass  # stores and posts decide regions, ranks and who judges; they hold no name and no money of a person
        elif "store_id" in frame.columns:
            where = pl.col("store_id").is_in(list(wide))
        elif CONTRACTS[name].is_confidential:
            where = pl.col("person_id").is_in(list(people))
        elif "level" in frame.columns:
            where = (pl.col("level") != "person") | pl.col("subject_id").is_in(list(_people_of(roster, wide)))
        elif "lead_id" in frame.columns:
            leads = rows["leads"].filter(pl.col("store_id").is_in(list(wide)))["lead_id"]
            where = pl.col("lead_id").is_in(leads.implode())
        elif "visit_id" in frame.columns:
            visits = rows["store_visits"].filter(pl.col("store_id").is_in(list(wide)))["visit_id"]
            where = pl.col("visit_id").is_in(visits.implode())
        elif "complaint_id" in frame.columns:
            complaints = rows["complaints"].filter(pl.col("store_id").is_in(list(wide)))["complaint_id"]
            where = pl.col("complaint_id").is_in(complaints.implode())
        kept[name] = _without_names(name, frame.filter(where))
    return kept


def _people_columns(contract: str) -> list[str]:
    return [name for name, cell in CONTRACTS[contract].cells.items() if cell.refers == "people"]


def _people_of(roster: pl.DataFrame, stores: set[str]) -> set[str]:
    return set(roster.filter(pl.col("store_id").is_in(list(stores)))["person_id"])


def _without_names(contract: str, frame: pl.DataFrame) -> pl.DataFrame:
    personal = [name for name, cell in CONTRACTS[contract].cells.items() if cell.is_personal and name in frame.columns]
    stand_in = pl.col("person_id") if "person_id" in frame.columns else pl.lit(None, pl.String)
    return frame.with_columns(stand_in.alias(name) for name in personal)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(buffer, compression="zstd", row_group_size=262_144, statistics=True)
    return buffer.getvalue()


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def plans_of(unit: Unit) -> set[str]:
    """The digests of the plans that a unit reads."""
    return codec.digests_in(codec.encoded(_of_people(unit.read, set())))


# Reading and computing again.


def verify(data: bytes) -> Verdict:
    """Compute the month of a pack again, from the pack alone. Raises Problem for what is no pack."""
    entries, contents, altered = _opened(data)
    notes = []
    if contents["software"] != __version__:
        theirs = contents["software"]
        notes.append(
            Text(f"当时的软件版本 {theirs}，现为 {__version__}", f"written by {theirs}, verified by {__version__}")
        )
    if entries.get("metrics.json") != _json({key: it.definition() for key, it in METRICS.items()}):
        notes.append(Text("指标定义与打包时不同", "the metrics are defined otherwise than when it was packed"))
    difference, lines, total = None, 0, 0
    if not altered:
        try:
            for store_id, said in contents["units"].items():
                lines_of = f"{_folder(store_id)}/lines.parquet"
                if not PayLines.is_valid(_frame(entries[lines_of])):
                    altered.append(lines_of)
                    continue
                stored, again = _unit(entries, contents, store_id, said)
                lines, total = lines + stored.lines.height, total + stored.total_fen
                difference = difference or _compared(store_id, stored, again)
                if stored.digest != said["digest"]:
                    altered.append(f"{_folder(store_id)}/sheet.json")
        except BROKEN as error:
            raise _no_pack() from error
    return Verdict(
        period=contents["period"],
        units=tuple(contents["units"]),
        lines=lines,
        total_fen=total,
        digest=hashlib.sha256(entries[CONTENTS]).hexdigest(),
        altered=tuple(altered),
        difference=difference,
        notes=tuple(notes),
    )


def _no_pack() -> Problem:
    return Problem(
        "不是完整的备查资料；请重新导出（kpi evidence）。",
        "This is not a whole evidence pack; export it again (kpi evidence).",
    )


def _opened(data: bytes) -> tuple[dict[str, bytes], dict[str, Any], list[str]]:
    """The entries, what ``pack.json`` says, and the names of those that are altered, missing or should not be there.

    Names, number and inflated size are bounded before anything is read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if len(infos) > MOST_ENTRIES or len(set(names)) < len(names) or CONTENTS not in names:
                raise _no_pack()
            if sum(info.file_size for info in infos) > MOST_BYTES or any(info.flag_bits & 1 for info in infos):
                raise _no_pack()
            if not all(name == CONTENTS or (NAMES.fullmatch(name) and ".." not in name) for name in names):
                raise _no_pack()
            entries, left = {}, MOST_BYTES
            for info in infos:
                entries[info.filename] = _read(archive, info, left)
                left -= len(entries[info.filename])
        contents: dict[str, Any] = json.loads(entries[CONTENTS])
        wanted: dict[str, str] = contents["sha256"]
        if contents["format"] != FORMAT or not contents["units"] or not isinstance(contents["period"], str):
            raise _no_pack()
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise _no_pack() from error
    found = {name: hashlib.sha256(entry).hexdigest() for name, entry in entries.items() if name != CONTENTS}
    altered = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    return entries, contents, altered


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """An entry, no more of it than its heading promised: a heading may lie about what it inflates to."""
    with archive.open(info) as packed:
        data = packed.read(min(info.file_size, most) + 1)
    if len(data) > min(info.file_size, most):
        raise _no_pack()
    return data


def _unit(
    entries: Mapping[str, bytes], contents: Mapping[str, Any], store_id: str, said: Mapping[str, Any]
) -> tuple[Sheet, Sheet]:
    """A unit's sheet as it is in the pack, and the same computed again."""
    month_starts_on = int(contents["month_starts_on"])
    plans = {
        name.removeprefix("plans/").removesuffix(".toml"): plan_file.reread(entry.decode())
        for name, entry in entries.items()
        if name.startswith("plans/")
    }
    folder = _folder(store_id)
    lines = PayLines.validate(_frame(entries[f"{folder}/lines.parquet"]))
    events = json.loads(entries[f"{folder}/events.json"])
    approvals = [Approval(step=it["verb"], name=it["user_name"], at=it["at"], words=it["words"]) for it in events]
    stored = sheets.load(
        entries[f"{folder}/sheet.json"].decode(),
        lines,
        status=said["status"],
        revision=said["revision"],
        approvals=approvals,
    )
    given = codec.decoded(json.loads(entries[f"{folder}/given.json"]), plans)
    read, built = given["read"], given["built"]
    facts = {name: _rows(name, entries[said["facts"][name]] if name in said["facts"] else None) for name in CONTRACTS}
    month = Period.parse(contents["period"], month_starts_on)
    in_force: Sequence[Plan] = read["plans"]
    result = pay_lines(facts=facts, pay_month=month, **{**read, "stores": [store_id]})
    return stored, sheets.build(result, in_force, facts, month, store_id, **built)


def _frame(entry: bytes) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(entry))


def _rows(contract: str, entry: bytes | None) -> pl.LazyFrame:
    cells = CONTRACTS[contract].cells
    declared = {**CONTRACTS[contract].schema.create_empty().schema, **ADDED}
    left_out = {name for name, cell in cells.items() if cell.kind == "phone"}
    left_out |= set() if CONTRACTS[contract].dated_by else {"day"}
    schema = pl.Schema({name: kind for name, kind in declared.items() if name not in left_out})
    if entry is None:
        return pl.LazyFrame(schema=schema)
    return _frame(entry).select(list(schema)).cast(schema).lazy()


def _compared(unit: str, stored: Sheet, again: Sheet) -> Difference | None:
    """The first line that differs, by person and rule; else the first person whose row does, names apart."""
    before, now = ({line["line_id"]: line for line in sheet.lines.to_dicts()} for sheet in (stored, again))
    order = sorted(before.keys() | now.keys(), key=lambda key: _place(before.get(key) or now[key]))
    for key in order:
        one, other = before.get(key), now.get(key)
        if one == other:
            continue
        line = one or other
        assert line is not None
        differing = [name for name in line if one is None or other is None or one[name] != other[name]]
        return Difference(
            unit=unit,
            person_id=line["person_id"],
            rule=line["rule"],
            line_id=key,
            column="amount_fen" if one is None or other is None or "amount_fen" in differing else differing[0],
            stored_fen=None if one is None else one["amount_fen"],
            recomputed_fen=None if other is None else other["amount_fen"],
        )
    people, people_again = (
        {person.person_id: replace(person, person_name="") for person in sheet.people} for sheet in (stored, again)
    )
    for person_id in sorted(people.keys() | people_again.keys()):
        one_person, other_person = people.get(person_id), people_again.get(person_id)
        if one_person != other_person:
            return Difference(
                unit=unit,
                person_id=person_id,
                rule="*",
                line_id="",
                column="people",
                stored_fen=one_person.total_fen if one_person else None,
                recomputed_fen=other_person.total_fen if other_person else None,
            )
    return None


def _place(line: Mapping[str, Any]) -> tuple[str, str, str]:
    return line["person_id"], line["rule"], line["line_id"]
