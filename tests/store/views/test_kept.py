"""What is dear is made once, for as long as it is among the newest."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from kpi_app.store.views.kept import Kept


def test_what_was_made_is_not_made_again_and_the_oldest_goes():
    made = []

    def make(name):
        made.append(name)
        return name.upper()

    kept = Kept(2)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(name, lambda name=name: make(name)) == name.upper()
    assert made == ["a", "b", "c", "b"]  # b was the oldest when c came


def test_eight_who_ask_at_once_wait_for_one_making():
    kept, made, together = Kept(4), [], Barrier(8)

    def ask():
        together.wait()
        return kept.get("x", lambda: made.append(1) or len(made))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: ask(), range(8))) == [1] * 8


def test_what_went_wrong_is_not_kept():
    kept = Kept(1)
    with pytest.raises(ZeroDivisionError):
        kept.get("x", lambda: 1 // 0)
    assert kept.get("x", lambda: 7) == 7
