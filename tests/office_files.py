"""Office files as tests see them: read as text, and turned into other files that say the same."""

import csv
import io
from pathlib import Path
from random import Random

import fastexcel
import xlsxwriter

Cells = list[list[str | None]]

_OTHERWISE = (("gb18030", ","), ("utf-8-sig", ";"), ("utf-8", "\t"), ("utf-8-sig", ","))


def text_of(path: Path) -> str:
    """The text of a CSV in UTF-8 or GB18030."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def csv_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV, its delimiter told from the heading row."""
    text = text_of(path)
    heading = text.split("\n", 1)[0]
    return list(csv.reader(io.StringIO(text), delimiter=max(",;\t", key=heading.count)))


def sheets_of(path: Path) -> list[tuple[str | None, Cells]]:
    """Every sheet's name (None for a CSV) and its rows from the first, blank cells None."""
    if path.suffix == ".csv":
        return [(None, [[cell or None for cell in row] for row in csv_rows(path)])]
    book = fastexcel.read_excel(path.read_bytes())
    read = {"header_row": None, "skip_rows": 0, "dtypes": "string"}
    return [
        (name, [list(row) for row in book.load_sheet(name, **read).to_polars().iter_rows()])
        for name in book.sheet_names
    ]


def reencoded(folder: Path, out: Path, *, seed: int = 1) -> list[Path]:
    """Every CSV under another name, encoding and delimiter, its columns and rows shuffled; workbooks as they are."""
    rng, written = Random(seed), list[Path]()
    out.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(sorted(folder.iterdir())):
        target = out / f"{number:02}_{path.name}"
        written.append(target)
        if path.suffix != ".csv":
            target.write_bytes(path.read_bytes())
            continue
        heading, *rows = csv_rows(path)
        order = rng.sample(range(len(heading)), len(heading))
        rng.shuffle(rows)
        encoding, delimiter = _OTHERWISE[number % len(_OTHERWISE)]
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows([row[place] for place in order] for row in [heading, *rows])
        target.write_bytes(text.getvalue().encode(encoding))
    return written


def as_workbooks(folder: Path, out: Path) -> list[Path]:
    """Every CSV as a workbook of text cells; workbooks as they are."""
    written = list[Path]()
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.iterdir()):
        target = out / f"{path.stem}.xlsx"
        written.append(target)
        if path.suffix != ".csv":
            target.write_bytes(path.read_bytes())
            continue
        with xlsxwriter.Workbook(str(target), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet()
            for at, row in enumerate(csv_rows(path)):
                for column, cell in enumerate(row):
                    if cell:
                        sheet.write_string(at, column, cell)
    return written
