"""A character that no font holds is found before it is printed."""

import struct
from pathlib import Path

import pytest

from data_contracts.contract import Problem
from kpi_app.exports import fonts
from kpi_app.exports.fonts import Faces, characters, fit


def font(maps: list[tuple[int, int, bytes]], start: int = 0) -> bytes:
    """A font file with a character map alone; ``start`` bytes stand before it."""
    cmap = struct.pack(">HH", 0, len(maps))
    at = 4 + 8 * len(maps)
    for platform, encoding, table in maps:
        cmap += struct.pack(">HHI", platform, encoding, at)
        at += len(table)
    cmap += b"".join(table for _, _, table in maps)
    return struct.pack(">IHHHH", 0x10000, 1, 0, 0, 0) + struct.pack(">4sIII", b"cmap", 0, start + 28, len(cmap)) + cmap


def groups(*runs: tuple[int, int, int]) -> bytes:
    return struct.pack(">HHIII", 12, 0, 16 + 12 * len(runs), 0, len(runs)) + b"".join(
        struct.pack(">III", *it) for it in runs
    )


def segments(*runs: tuple[int, int, int, int], glyphs: tuple[int, ...] = ()) -> bytes:
    """Format 4 of (first, last, shift, offset)."""
    n = len(runs)
    body = struct.pack(f">{n}H", *(it[1] for it in runs)) + b"\0\0" + struct.pack(f">{n}H", *(it[0] for it in runs))
    body += struct.pack(f">{n}H", *(it[2] for it in runs)) + struct.pack(f">{n}H", *(it[3] for it in runs))
    body += struct.pack(f">{len(glyphs)}H", *glyphs)
    return struct.pack(">HHHHHHH", 4, 14 + len(body), 0, 2 * n, 0, 0, 0) + body


def held(tmp_path: Path, data: bytes, index: int = 0) -> set[int]:
    file = tmp_path / f"font{index}.ttf"
    file.write_bytes(data)
    characters.cache_clear()
    return set(characters(str(file), index))


def test_runs_of_characters_are_read(tmp_path: Path) -> None:
    data = font([(3, 10, groups((0x41, 0x43, 7), (0x4DAE, 0x4DAE, 9), (0x20BB7, 0x20BB8, 11)))])
    assert held(tmp_path, data) == {0x41, 0x42, 0x43, 0x4DAE, 0x20BB7, 0x20BB8}


def test_the_glyph_that_means_missing_is_no_glyph(tmp_path: Path) -> None:
    assert held(tmp_path, font([(3, 10, groups((0x41, 0x43, 0)))])) == {0x42, 0x43}
    # 0x41 shifted to glyph 0; of the listed glyphs the second is 0
    data = font(
        [(3, 1, segments((0x41, 0x42, 0xFFBF, 0), (0x61, 0x63, 0, 4), (0xFFFF, 0xFFFF, 1, 0), glyphs=(5, 0, 6)))]
    )
    assert held(tmp_path, data) == {0x42, 0x61, 0x63}


def test_a_font_within_a_collection_is_found(tmp_path: Path) -> None:
    first = font([(3, 1, segments((0x41, 0x41, 0, 0), (0xFFFF, 0xFFFF, 1, 0)))], start=20)
    second = font([(0, 4, groups((0x5A, 0x5A, 3)))], start=20 + len(first))
    data = b"ttcf" + struct.pack(">IIII", 0x10000, 2, 20, 20 + len(first)) + first + second
    assert held(tmp_path, data, 0) == {0x41}
    assert held(tmp_path, data, 1) == {0x5A}


def test_what_is_no_font_holds_nothing(tmp_path: Path) -> None:
    assert held(tmp_path, b"") == held(tmp_path, b"no font at all, but long enough to be read as one") == set()


def faces(tmp_path: Path, **held_by: tuple[int, int]) -> Faces:
    files = []
    for family, (first, last) in held_by.items():
        file = tmp_path / f"{family}.ttf"
        file.write_bytes(font([(3, 10, groups((first, last, 1)))]))
        files.append((family, str(file), 0))
    characters.cache_clear()
    return Faces(loaded=None, family=files[0][0], files=tuple(files))  # type: ignore[arg-type]


def test_other_families_are_taken_only_for_what_the_first_lacks(tmp_path: Path) -> None:
    found = faces(tmp_path, Song=(0x20, 0x7E), Rare=(0x4DAE, 0x4DAE), Never=(0x20, 0x7E))
    assert fit(["abc"], found).families == ("Song",)
    fitting = fit(["王䶮"], found)
    assert fitting.families == ("Rare",)
    assert fitting.legible("王䶮") == "〔U+738B〕䶮"
    assert fit(["a䶮"], found).families == ("Song", "Rare")


def test_characters_that_change_others_or_show_nothing_are_printed_as_numbers(tmp_path: Path) -> None:
    found = faces(tmp_path, Song=(0x20, 0xFFFF))
    assert fit(["a\u202eb\x00\n\tc"], found).legible("a\u202eb\x00\n\tc") == "a〔U+202E〕b〔U+0000〕  c"


def test_a_machine_without_chinese_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "PREFERRED", ("No Such Family",))
    fonts.faces.cache_clear()
    with pytest.raises(Problem, match="fonts-noto-cjk"):
        fonts.faces(None)
    fonts.faces.cache_clear()
