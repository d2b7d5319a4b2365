"""The page about growing shows what is computed from the figures of today."""

from bench.capacity import BEGIN, END, MAIL_BYTES, PAGE, PLANTS, tables


def test_the_page_has_the_tables_of_the_present_figures() -> None:
    assert f"{BEGIN}{tables()}{END}" in PAGE.read_text("utf-8"), "run python bench/capacity.py --write"


def test_what_binds_is_the_slowest_part() -> None:
    [small] = [plant for plant in PLANTS if plant.readers == 100]
    assert min(small.rates(), key=lambda name: small.rates()[name]) == "relay"
    assert small.rates()["network"] * MAIL_BYTES * 8 == 100e6
