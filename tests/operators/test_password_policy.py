"""A password is long, and not what is tried first; nobody is asked for a capital and a digit."""

import pytest

from newsletter.operators.password_policy import PasswordFault, find_fault, normalise


@pytest.mark.parametrize(
    "password",
    ["morning paper on the table", "correct horse", "早上七点钟读论文喝豆浆最好", "x7!qLw9#zR2p", "tea at ann's house"],
)
def test_a_long_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert find_fault(password, email="ann@example.org") is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", PasswordFault.TOO_SHORT),
        ("x7!qLw9#zR2", PasswordFault.TOO_SHORT),
        ("y" * 257, PasswordFault.TOO_LONG),
        ("aaaaaaaaaaaa", PasswordFault.TOO_PLAIN),
        ("abababababab", PasswordFault.TOO_PLAIN),
        ("123456789012", PasswordFault.TOO_PLAIN),
        ("abcdefghijkl", PasswordFault.TOO_PLAIN),
        ("lkjhgfdsapoi", PasswordFault.TOO_PLAIN),
        ("Password1234", PasswordFault.TOO_COMMON),
        ("ann@example.org", PasswordFault.TOO_COMMON),
        ("ann@example.org1", PasswordFault.TOO_COMMON),
        ("chenbao-admin!", PasswordFault.TOO_COMMON),
        ("passwordpassword", PasswordFault.TOO_COMMON),
    ],
)
def test_a_password_that_is_guessed_first_is_not_taken(password: str, fault: PasswordFault) -> None:
    assert find_fault(password, email="ann@example.org") is fault


def test_one_password_typed_on_two_keyboards_is_one() -> None:
    assert normalise("ｃａｆｅ́ morning") == normalise("café morning")
