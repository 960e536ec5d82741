"""Which fonts a PDF is set in, and which characters they hold.

typst says nothing of a character that no font holds and prints a blank or a box: on a statement that would be a wrong
name. So every character is looked up in the fonts' own tables first, and one that none holds is printed as its number.
"""

import struct
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from data_contracts.contract import Problem

if TYPE_CHECKING:
    import typst

PREFERRED = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC", "Microsoft YaHei", "PingFang SC",
    "HarmonyOS Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Noto Serif CJK SC", "SimSun",
)  # fmt: skip
"""Families that hold Chinese, the best to read first. Those with one file a weight: variable ones come out thin."""

REGULAR = 400


class Faces(NamedTuple):
    """The fonts of this machine: what typst is given, the families to set text in, and a file of each."""

    loaded: "typst.Fonts"
    family: str
    files: tuple[tuple[str, str, int], ...]
    """Family, file and number in the file, the chosen family first."""


@lru_cache(maxsize=4)
def faces(folder: Path | None) -> Faces:
    """The fonts of the system and of a folder. Raises Problem where none of them is made for Chinese."""
    import typst

    loaded = typst.Fonts(include_system_fonts=True, font_paths=[folder] if folder else [])
    regular: dict[str, tuple[str, str, int]] = {}
    for font in sorted(
        loaded.fonts(), key=lambda it: (abs(it.weight - REGULAR), it.style != "normal", it.path or "", it.index)
    ):
        if font.path is not None:
            regular.setdefault(font.family, (font.family, font.path, font.index))
    family = next((name for name in PREFERRED if name in regular), None)
    if family is None:
        raise Problem(
            "这台机器没有中文字体，不能生成 PDF；请安装字体包 fonts-noto-cjk（Debian、Ubuntu），"
            "或把字体文件放进文件夹并设置 KPI_FONTS。",
            "There is no Chinese font on this machine; install the package fonts-noto-cjk (Debian, Ubuntu), or put "
            "font files into a folder and name it in KPI_FONTS.",
        )
    others = sorted(it for it in regular.values() if it[0] != family)
    return Faces(loaded=loaded, family=family, files=(regular[family], *others))


class Fitting(NamedTuple):
    """What some text is set in: the families that hold it, and the characters that none holds."""

    families: tuple[str, ...]
    missing: frozenset[str]

    def legible(self, text: str) -> str:
        """The text with 〔U+4DAE〕 for each character that cannot be printed, and blanks for line breaks."""
        return "".join(f"〔U+{ord(it):04X}〕" if it in self.missing else " " if it in "\n\r\t" else it for it in text)


def fit(texts: Iterable[str], found: Faces) -> Fitting:
    """The families for those texts: the chosen one, and others only for what it does not hold."""
    wanted = {it for text in texts for it in text if it not in "\n\r\t"}
    unprintable = {it for it in wanted if unicodedata.category(it) in ("Cc", "Cf", "Cs", "Co", "Cn")}
    left = wanted - unprintable
    families = []
    for family, file, index in found.files:
        if held := {it for it in left if ord(it) in characters(file, index)}:
            families.append(family)
            left -= held
        if not left:
            break
    return Fitting(families=tuple(families or [found.family]), missing=frozenset(left | unprintable))


@lru_cache(maxsize=64)
def characters(file: str, index: int) -> frozenset[int]:
    """The code points that a font file (TrueType, OpenType or a collection of them) has a glyph for."""
    with Path(file).open("rb") as stream:
        try:
            return frozenset(_characters(stream, index))
        except (struct.error, KeyError):
            return frozenset()  # not a font we can read: nothing is printed in it


def _characters(stream: BinaryIO, index: int) -> Iterator[int]:
    start = _numbers(stream, 12 + 4 * index, ">I")[0] if _read(stream, 0, 4) == b"ttcf" else 0
    tables: dict[bytes, int] = {}
    for number in range(_numbers(stream, start + 4, ">H")[0]):
        name, _, offset, _ = _numbers(stream, start + 12 + 16 * number, ">4sIII")
        tables[name] = offset
    cmap = tables[b"cmap"]
    by_format = {}
    for number in range(_numbers(stream, cmap + 2, ">H")[0]):
        platform, _, offset = _numbers(stream, cmap + 4 + 8 * number, ">HHI")
        if platform in (0, 3):
            by_format[_numbers(stream, cmap + offset, ">H")[0]] = cmap + offset
    if 12 in by_format:
        yield from _in_groups(stream, by_format[12])
    elif 4 in by_format:
        yield from _in_segments(stream, by_format[4])


def _in_groups(stream: BinaryIO, at: int) -> Iterator[int]:
    """Format 12 of a font's character map: runs of characters with runs of glyphs."""
    (count,) = _numbers(stream, at + 12, ">I")
    for first, last, glyph in struct.iter_unpack(">III", _read(stream, at + 16, 12 * count)):
        yield from range(first if glyph else first + 1, last + 1)


def _in_segments(stream: BinaryIO, at: int) -> Iterator[int]:
    """Format 4: segments of the first 65,536 characters, with a shift or a list of glyphs."""
    length, _, doubled = _numbers(stream, at + 2, ">HHH")
    count, table = doubled // 2, _read(stream, at, length)
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts, shifts, offsets = (struct.unpack_from(f">{count}H", table, 16 + doubled * n) for n in (1, 2, 3))
    for segment in range(count):
        for code in range(starts[segment], min(ends[segment], 0xFFFE) + 1):
            if not offsets[segment]:
                glyph = code + shifts[segment] & 0xFFFF
            else:
                place = 16 + doubled * 3 + 2 * segment + offsets[segment] + 2 * (code - starts[segment])
                glyph = struct.unpack_from(">H", table, place)[0] if place + 2 <= len(table) else 0
            if glyph:
                yield code


def _read(stream: BinaryIO, at: int, length: int) -> bytes:
    stream.seek(at)
    return stream.read(length)


def _numbers(stream: BinaryIO, at: int, layout: str) -> tuple[Any, ...]:
    return struct.unpack(layout, _read(stream, at, struct.calcsize(layout)))
