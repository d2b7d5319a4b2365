"""A code belongs to one step of 30 seconds; the phone's clock may be one step off."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from lxml import etree

from newsletter.operators.totp import STEP_SECONDS, find_step, grouped, new_secret, provisioning_uri, qr_svg
from tests.conftest import NOON

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = int(NOON.timestamp()) // STEP_SECONDS


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_code_is_taken_one_step_early_or_late_and_names_its_own_step(drift: int) -> None:
    code = pyotp.TOTP(SECRET).at(NOON + timedelta(seconds=drift * STEP_SECONDS))
    assert find_step(SECRET, code, at=NOON) == STEP + drift
    assert find_step(SECRET, f" {code[:3]} {code[3:]}", at=NOON) == STEP + drift


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_code_further_away_is_none(drift: int) -> None:
    assert find_step(SECRET, pyotp.TOTP(SECRET).at(NOON + timedelta(seconds=drift * STEP_SECONDS)), at=NOON) is None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_not_six_digits_is_no_code(typed: str) -> None:
    assert find_step(SECRET, typed, at=NOON) is None


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238 appendix B, the last six of its eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert find_step(secret, "081804", at=datetime(2005, 3, 18, 1, 58, 29, tzinfo=UTC)) is not None


def test_a_secret_has_160_bits_and_can_be_typed() -> None:
    secret = new_secret()
    assert len(secret) == 32
    assert grouped(secret).replace(" ", "") == secret
    assert secret != new_secret()


def test_the_picture_has_nothing_that_the_content_security_policy_forbids() -> None:
    picture = qr_svg(provisioning_uri(SECRET, "ann@example.org"))
    root = etree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox") is not None
    assert "style" not in picture
    assert "<script" not in picture
    assert provisioning_uri(SECRET, "ann@example.org").startswith("otpauth://totp/Chenbao:ann%40example.org?secret=")
