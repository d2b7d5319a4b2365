"""Signed addresses: who holds one has seen the mail."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.return_path import ReturnPaths

PATHS = ReturnPaths("a secret of the tests", "Bounces.Example.org")
IDS = st.integers(1, 2**63 - 1)
SIGNED = PATHS.of(1234)


@given(IDS)
def test_what_is_signed_is_read_in_any_letter_case(number: int) -> None:
    for address in (PATHS.of(number), PATHS.of(number).upper(), f" <{PATHS.of(number).title()}> "):
        assert PATHS.read(address) == number
    assert PATHS.read_unsubscribe(PATHS.unsubscribe_of(number).upper()) == number


@given(IDS)
def test_an_address_is_one_that_every_relay_takes(number: int) -> None:
    for address in (PATHS.of(number), PATHS.unsubscribe_of(number)):
        assert len(address.partition("@")[0]) <= 64
        assert re.fullmatch(r"[a-z]+\+[0-9]+-[a-z2-7]{24}@bounces\.example\.org", address)


@pytest.mark.parametrize(
    "returned",
    [
        SIGNED.replace("+", "="),
        SIGNED.replace("+", "-"),
        SIGNED.replace("-", "="),
        f"prvs=2134ab56cd={SIGNED}",  # BATV
        f"SRS0=HHH=TT=bounces.example.org={SIGNED.partition('@')[0]}@forwarder.example.net",
        SIGNED.partition("@")[0] + "@mx7.internal",
        f"Final words\nReturn-Path: <{SIGNED}>\n{SIGNED}",
    ],
)
def test_what_other_hosts_do_to_an_address_leaves_it_readable(returned: str) -> None:
    assert PATHS.read(returned) == 1234


def test_addresses_of_two_deliveries_name_neither() -> None:
    assert PATHS.read(f"{SIGNED}, {PATHS.of(1235)}") is None


def test_an_address_of_one_purpose_is_worth_nothing_for_another() -> None:
    assert PATHS.read_unsubscribe(SIGNED) is None
    assert PATHS.read(PATHS.unsubscribe_of(1234)) is None
    assert PATHS.read(PATHS.unsubscribe_of(1234).replace("unsubscribe", "bounces")) is None


def test_another_installation_s_address_is_not_ours() -> None:
    assert PATHS.read(ReturnPaths("another secret", "bounces.example.org").of(1234)) is None


@given(st.text())
def test_no_text_is_read_that_we_did_not_sign(text: str) -> None:
    assert PATHS.read(text) is None
    assert PATHS.read_unsubscribe(text) is None


@given(st.data())
def test_an_address_with_one_character_changed_is_never_read(data: st.DataObject) -> None:
    local = SIGNED.partition("@")[0]
    place = data.draw(st.integers(0, len(local) - 1))
    other = data.draw(st.characters().filter(lambda new: new.casefold() != local[place]))
    if local[place] in "+-" and other in "+-=_ ":
        return  # that is rewriting, not forging
    assert PATHS.read(f"{local[:place]}{other}{local[place + 1 :]}@bounces.example.org") != 1234


@given(IDS, st.integers(1, 2**63 - 1))
def test_a_signature_is_good_for_its_own_delivery_alone(number: int, other: int) -> None:
    if number != other:
        assert PATHS.read(PATHS.of(number).replace(f"+{number}-", f"+{other}-")) is None
        assert PATHS.read(PATHS.of(number).replace(f"+{number}-", f"+0{number}-")) is None
