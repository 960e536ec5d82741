"""The process that opens an uploaded file: ``python -m kpi_app.intake.child LIMITS < file > sheets.json``.

Every file is opened here, under a limit of memory and time, and only text comes back: one JSON object, either
``{"sheets": [{"name", "is_hidden", "columns", "widths"}]}`` (columns of text, null where blank, from the sheet's first
row) or ``{"error": [zh, en]}``. Nothing heavy is imported before the file is known to be a workbook.
"""

import csv
import io
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from kpi_app.limited import limit

NOT_CALCULATED = "#NOT-CALCULATED!"
_CHUNK = 1 << 20
_TAIL = 2_000
_DELIMITERS = ",;\t|"
_OTHER_FILES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"GIF8")
_ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}

_WIDE_CELL = re.compile(rb'\sr="([A-Z]{2,3})(\d+)"')
_ROW = re.compile(rb'<(?:\w+:)?row\s(?:[^>]*?\s)?r="(\d+)"')
_LONG_NUMBER = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>(?:<(?:\w+:)?f[^>]*>[^<]*</(?:\w+:)?f>|<(?:\w+:)?f[^>]*/>)?"
    rb"<(?:\w+:)?v>(-?\d{16,}(?:\.0+)?|-?\d(?:\.\d+)?E\+?(?:1[5-9]|[2-9]\d))</"
)
_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>(?:<(?:\w+:)?f[^>/]*>[^<]*</(?:\w+:)?f>|<(?:\w+:)?f[^>]*/>)"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_FILLED = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,3})\d+"[^>]*>(?!</)')
_BLANK = re.compile(
    rb"(?:<(?:\w+:)?f[^>/]*>[^<]*</(?:\w+:)?f>|<(?:\w+:)?f[^>]*/>)?(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</"
)
_REF = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')


class Refused(Exception):
    """A file that is not read, with the sentence that says why, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.sentence = [zh, en]


class Limits(NamedTuple):
    """What a file may cost; sizes in bytes."""

    memory: int
    seconds: int
    inflated: int
    entries: int
    cells: int


class Scan(NamedTuple):
    """What the text of a worksheet part shows that the reader hides: numbers too long to be exact by row, and
    formulas without a value by (row, column), all counted from 0; the first column that holds anything."""

    long_numbers: list[tuple[int, str]]
    uncalculated: list[tuple[int, int]]
    first_column: int


def sheets(data: bytes, limits: Limits) -> Iterator[dict[str, Any]]:
    """Every sheet of a file, whatever its name says it is. Raises Refused."""
    if data.startswith(b"PK\x03\x04"):
        yield from _workbook(data, preflight(data, limits), limits)
    elif data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused("设有密码；请去掉密码后重试", "has a password; remove it and try again")
        if _is_1904(data):
            raise _wrong_epoch()
        yield from _workbook(data, {}, limits)
    elif data.startswith(_OTHER_FILES):
        raise Refused("不是表格文件；请上传 CSV 或 xlsx", "is not a table; send CSV or xlsx")
    elif re.match(rb"\s*(\xef\xbb\xbf)?\s*<(!doctype|html|head|meta|table|\?xml|body|div)", data[:600], re.IGNORECASE):
        raise Refused(
            "是网页格式的表格，不是 Excel 文件；请在 Excel 中打开后另存为 xlsx",
            "is a web page, not a workbook; open it in Excel and save it as xlsx",
        )
    else:
        yield _text_sheet(data, limits)


def decode(data: bytes) -> str:
    """The text of a CSV file: by its byte order mark, else strict UTF-8, else GB18030."""
    if data.startswith(b"\xef\xbb\xbf"):
        codecs = ["utf-8-sig"]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codecs = ["utf-16"]
    else:
        codecs = ["utf-8", "gb18030"]
    line = 1
    for codec in codecs:
        try:
            return data.decode(codec)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
    raise Refused(
        f"第 {line} 行的字符无法识别；请另存为 UTF-8 编码的 CSV 或 xlsx",
        f"line {line} holds characters of no known encoding; save it as CSV in UTF-8, or as xlsx",
    )


def delimiter_of(text: str) -> str:
    """The separator that splits most of the first rows into the same number of cells."""
    lines = list(_first_lines(text, 200))
    if lines and (told := re.fullmatch(r"sep=(.)", lines[0].strip("\r\n"))):
        return told[1]
    best, found = 0, ","
    for candidate in _DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=candidate) if len(row) > 1]
        if widths:
            usual = max(set(widths), key=lambda width: widths.count(width) * (width - 1))
            score = widths.count(usual) * (usual - 1)
            if score > best:
                best, found = score, candidate
    return found


def _first_lines(text: str, count: int) -> Iterator[str]:
    stream = io.StringIO(text[:400_000], newline="")
    for _, line in zip(range(count), stream, strict=False):
        yield line


def _text_sheet(data: bytes, limits: Limits) -> dict[str, Any]:
    text = decode(data)
    if not text.strip():
        raise Refused("是空的", "is empty")
    csv.field_size_limit(1 << 22)
    rows: list[list[str]] = []
    cells = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    try:
        for row in reader:
            cells += len(row)
            if cells > limits.cells:
                raise _too_large()
            rows.append(row)
    except csv.Error as error:
        raise Refused(
            f"第 {len(rows) + 1} 行附近的引号不成对；请改正，或在 Excel 中另存为 xlsx",
            f"quotes do not match near row {len(rows) + 1}; mend them, or save as xlsx in Excel",
        ) from error
    if rows and rows[0] and re.fullmatch(r"sep=.?", rows[0][0]):
        rows[0] = []
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    columns = [[cell or None for cell in column] for column in zip_longest(*rows)]
    return {"name": None, "is_hidden": False, "columns": columns, "widths": [len(row) for row in rows]}


def _too_large() -> Refused:
    return Refused(
        "数据太多，超出一次可读取的范围；请按月拆分后分别导入",
        "holds more than can be read at once; split it by month and import the parts",
    )


def _wrong_epoch() -> Refused:
    return Refused(
        "使用 1904 日期系统，日期会差四年；请在 Excel 选项“高级”中取消该设置并核对日期，或另存为 CSV",
        "counts its days from 1904, which would shift every date by four years; switch that off in Excel's advanced "
        "options and check the dates, or save as CSV",
    )


def _damaged() -> Refused:
    return Refused(
        "不是有效的 Excel 工作簿，或已损坏；请在 Excel 中打开后另存为 xlsx",
        "is not a valid workbook, or damaged; open it in Excel and save it as xlsx",
    )


def preflight(data: bytes, limits: Limits) -> dict[str, Scan]:
    """Look through a zipped workbook before the real reader does, counting what really inflates.

    Returns the scan of every worksheet by its name. Raises Refused for what no office program writes.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = archive.namelist()
        if len(names) > limits.entries:
            raise _too_large()
        if "xl/workbook.xml" not in names:
            raise _damaged()
        scans: dict[str, Scan] = {}
        left = limits.inflated
        for info in archive.infolist():
            if info.filename.lower().endswith((".xml", ".rels", ".vml")):
                scan, used = _scan_part(archive, info, left, limits)
                left -= used
                if scan is not None:
                    scans[info.filename] = scan
        return {name: scans[part] for name, part in _parts(archive).items() if part in scans}
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        KeyError,
        ValueError,
        OSError,
    ) as error:
        raise _damaged() from error


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _scan_part(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int, limits: Limits) -> tuple[Scan | None, int]:
    used, tail, height, width, is_sheet, counted = 0, b"", 0, 1, False, 0
    long_numbers: set[tuple[int, str]] = set()
    uncalculated: set[tuple[int, int]] = set()
    with archive.open(info) as part:
        while chunk := part.read(_CHUNK):
            used += len(chunk)
            if used > left:
                raise _too_large()
            window = tail + chunk
            if b"<!DOCTYPE" in window:
                raise _damaged()
            if used == len(chunk):
                is_sheet = re.search(rb"<(?:\w+:)?worksheet[\s>]", window[:_TAIL]) is not None
                told = re.search(rb"<(?:\w+:)?sst\b[^>]*", window[:_TAIL])
                counted = max((int(count) for count in re.findall(rb'ount="(\d+)"', told[0])), default=0) if told else 0
            if is_sheet:
                for letters, row in _WIDE_CELL.findall(window):
                    width, height = max(width, _column_index(letters) + 1), max(height, int(row))
                height = max([height, *(int(row) for row in _ROW.findall(window))])
                if height * width > limits.cells:
                    raise Refused(
                        f"工作表的已用区域过大（{height} 行 × {width} 列）；请删除数据下方与右侧的空白行列后保存",
                        f"the used range is too large ({height} rows × {width} columns); delete the blank rows below "
                        "and the blank columns beside the data, and save",
                    )
                for attributes, digits in _LONG_NUMBER.findall(window):
                    place = _REF.search(b" " + attributes)
                    if place and b't="s' not in attributes:
                        long_numbers.add((int(place[2]) - 1, digits.decode()))
                for attributes in _UNCALCULATED.findall(window):
                    if place := _REF.search(b" " + attributes):
                        uncalculated.add((int(place[2]) - 1, _column_index(place[1])))
            tail = window[-_TAIL:]
    if counted > max(used, 1_000_000):
        raise _damaged()
    if not is_sheet:
        return None, used
    first = _first_column(archive, info) if uncalculated else 0
    return Scan(sorted(long_numbers), sorted(uncalculated), first), used


def _first_column(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """The first column with a filled cell, which the reader counts from. Only asked where a place must be found."""
    text = archive.read(info)
    found = [
        _column_index(cell[1])
        for cell in _FILLED.finditer(text)
        if not cell[0].endswith(b"/>") and not _BLANK.match(text, cell.end())
    ]
    return min(found, default=0)


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → the part that holds it. Raises Refused for a workbook that counts its days from 1904."""
    # The parts were inflated under the limit and hold no DOCTYPE, so the standard parser is safe here.
    from xml.etree import ElementTree

    book = archive.read("xl/workbook.xml")
    if re.search(rb'<(?:\w+:)?workbookPr\b[^>]*date1904="(1|true|on)"', book):
        raise _wrong_epoch()
    try:
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        root = ElementTree.fromstring(book)  # noqa: S314
    except ElementTree.ParseError as error:
        raise _damaged() from error
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found = {}
    for sheet in root.iter():
        if sheet.tag.rsplit("}", 1)[-1] == "sheet":
            link = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
            target = targets.get(link, "")
            found[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


def _is_1904(data: bytes) -> bool:
    """Whether an .xls says so: the DATEMODE record among the first records of its workbook stream."""
    at = data.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    for _ in range(400):
        if at < 0 or at + 4 > len(data):
            break
        kind = int.from_bytes(data[at : at + 2], "little")
        size = int.from_bytes(data[at + 2 : at + 4], "little")
        if kind == 0x0022:
            return data[at + 4 : at + 6] == b"\x01\x00"
        if kind == 0x000A:
            break
        at += 4 + size
    return False


def _workbook(data: bytes, scans: dict[str, Scan], limits: Limits) -> Iterator[dict[str, Any]]:
    import fastexcel

    try:
        book = fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        raise _damaged() from error
    cells = 0
    for name in book.sheet_names:
        try:
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        except fastexcel.FastExcelError:
            if name in scans:
                raise _damaged() from None
            continue  # a chart sheet has no cells
        cells += sheet.width * sheet.height
        if cells > limits.cells:
            raise _too_large()
        if sheet.width == 0 or sheet.height == 0:
            continue
        batch, errors = sheet.to_arrow_with_errors()
        columns = [column.to_pylist() for column in batch.columns]
        for broken in errors.errors if errors is not None else ():
            row, column = broken.position
            kind = re.search(r"Error\((\w+)\)", broken.detail)
            columns[column][row] = _ERRORS.get(kind[1], "#VALUE!") if kind else "#VALUE!"
        if name in scans:
            _mend(columns, scans[name])
        yield {"name": name, "is_hidden": sheet.visible != "visible", "columns": columns, "widths": None}


def _mend(columns: list[list[str | None]], scan: Scan) -> None:
    """Put back what the reader loses: a number too long to be exact is shown as Excel shows it, and a formula that
    was never calculated is named instead of being blank."""
    for row, digits in scan.long_numbers:
        exact = f"{float(digits):.0f}"
        for column in columns:
            if row < len(column) and column[row] == exact:
                column[row] = f"{float(digits):.14E}"
    first, height = scan.first_column, max((len(column) for column in columns), default=0)
    for row, index in scan.uncalculated:
        if index < first:  # the reader leaves out a column that holds nothing but such formulas
            columns[:0] = [[None] * height for _ in range(first - index)]
            first = index
        while index - first >= len(columns):
            columns.append([None] * height)
        height = max(height, row + 1)
        for column in columns:
            column.extend([None] * (height - len(column)))
        columns[index - first][row] = NOT_CALCULATED


def main() -> None:
    """Read standard input, write JSON to standard output."""
    limits = Limits(*json.loads(sys.argv[1]))
    limit(limits.memory, limits.seconds)
    data = sys.stdin.buffer.read()
    try:
        answer = json.dumps({"sheets": list(sheets(data, limits))}, ensure_ascii=False)
    except Refused as refused:
        answer = json.dumps({"error": refused.sentence}, ensure_ascii=False)
    sys.stdout.buffer.write(answer.encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    main()
