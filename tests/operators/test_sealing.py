"""What is sealed opens with the same secret only; hashes of different purposes have nothing in common."""

from newsletter.operators.sealing import Seal


def test_what_was_sealed_opens_with_the_same_secret_and_no_other() -> None:
    sealed = Seal("one").close("JBSWY3DP")
    assert "JBSWY3DP" not in sealed
    assert Seal("one").open(sealed) == "JBSWY3DP"
    assert Seal("two").open(sealed) is None
    assert Seal("one").open(sealed[:-2]) is None


def test_hashes_depend_on_secret_purpose_and_value() -> None:
    found = {Seal(secret).hash(purpose, value) for secret in "ab" for purpose in "cd" for value in "ef"}
    assert len(found) == 8
