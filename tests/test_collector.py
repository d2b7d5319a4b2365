"""The search for garbage is rare only while it is asked to be."""

import gc

import pytest

from newsletter.collector import collect_seldom, collecting_seldom


def test_the_search_is_as_it_was_afterwards_also_when_something_failed() -> None:
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), collecting_seldom():
        assert gc.isenabled()
        assert gc.get_threshold()[0] > before[0]
        raise ZeroDivisionError
    assert gc.get_threshold() == before


def test_a_process_that_keeps_what_it_makes_searches_seldom_from_then_on() -> None:
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold()[0] > before[0]
        with collecting_seldom():
            pass
        assert gc.get_threshold()[0] > before[0]
    finally:
        gc.set_threshold(*before)
