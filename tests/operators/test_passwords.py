"""A hash is argon2id with its own salt; checking costs the same without an account."""

from argon2 import PasswordHasher, extract_parameters

from newsletter.operators.passwords import Passwords
from tests.operators.conftest import CHEAP, PASSWORD


def test_the_right_password_is_known_and_another_is_not() -> None:
    passwords = Passwords(CHEAP)
    encoded = passwords.hash(PASSWORD)
    assert encoded.startswith("$argon2id$")
    assert passwords.verify(encoded, PASSWORD)
    assert not passwords.verify(encoded, PASSWORD + " ")
    assert encoded != passwords.hash(PASSWORD)


def test_no_password_is_right_where_there_is_no_account() -> None:
    assert not Passwords(CHEAP).verify(None, PASSWORD)


def test_a_hash_that_is_none_is_nobodys() -> None:
    assert not Passwords(CHEAP).verify("nonsense", PASSWORD)


def test_a_book_typed_as_a_password_is_not_hashed_whole() -> None:
    passwords = Passwords(CHEAP)
    assert not passwords.verify(passwords.hash("x" * 2000), "x" * 2000)


def test_the_cost_is_what_owasp_names() -> None:
    found = extract_parameters(Passwords().hash(PASSWORD))
    assert (found.memory_cost, found.time_cost, found.parallelism, found.hash_len) == (19 * 1024, 2, 1, 32)


def test_a_hash_of_another_cost_is_outdated() -> None:
    passwords = Passwords(CHEAP)
    assert not passwords.is_outdated(passwords.hash(PASSWORD))
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD))
