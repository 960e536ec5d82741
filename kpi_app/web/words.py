"""The words on the screen: Chinese is the message id, ``locale/en.po`` holds the English.

The catalogue is compiled in memory when it is first asked for; there is no build step to forget.
"""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from data_contracts.contract import Text

LANGUAGES = ("zh", "en")
CATALOGUE = Path(__file__).parent / "locale" / "en.po"


@cache
def _english() -> gettext.GNUTranslations:
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="en")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(message: str, language: str) -> str:
    """The message in ``language``; the Chinese one where there is no other."""
    return _english().gettext(message) if language == "en" else message


def choose(text: Text, language: str) -> str:
    """A core sentence in ``language``."""
    return text.said(language)
