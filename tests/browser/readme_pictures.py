"""The pictures of the README, taken anew from the demo by ``python3 dev.py pictures``; no test of the suite."""

from pathlib import Path

import pytest
from PIL import Image

from kpi_app.settings import PROJECT
from tests.browser.test_every_page import rest

IMAGES = PROJECT / "docs" / "images"
MOST_BYTES = 300_000
SCREENS = (
    ("week", "head", {"width": 1440, "height": 900}),
    ("month", "hr", {"width": 1440, "height": 900}),
    ("me", "consultant", {"width": 390, "height": 844}),
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("name", "role", "size"), SCREENS)
def test_picture(sign_in, tmp_path: Path, name, role, size, language):
    page = sign_in(role, language=language, **size)
    page.goto(f"/{name}")
    rest(page)
    page.wait_for_timeout(1000)  # the charts
    page.screenshot(path=tmp_path / "picture.png")
    kept = IMAGES / f"{name}-{language}.png"
    with Image.open(tmp_path / "picture.png") as taken:
        taken.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(kept, optimize=True)
    assert kept.stat().st_size < MOST_BYTES
