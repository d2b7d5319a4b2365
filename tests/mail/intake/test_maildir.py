"""A Maildir: nothing leaves it before it has been recorded."""

from pathlib import Path

import pytest

from newsletter.errors import MailboxError
from newsletter.mail.intake.incoming import MAX_MAIL_BYTES
from newsletter.mail.intake.maildir import collect_maildir


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def drop(maildir: Path, *names: str) -> None:
    for name in names:
        (maildir / "new" / name).write_text(f"mail {name}")


def left(maildir: Path) -> tuple[list[str], list[str]]:
    return tuple(sorted(path.name for path in (maildir / name).iterdir()) for name in ("new", "cur"))  # type: ignore[return-value]


def test_mails_are_recorded_in_the_order_of_their_delivery_and_put_aside(maildir: Path) -> None:
    drop(maildir, "1000000000.M2.host", "999999999.M1.host")
    seen: list[bytes] = []
    assert collect_maildir(maildir, seen.append, limit=10) == 2
    assert seen == [b"mail 999999999.M1.host", b"mail 1000000000.M2.host"]
    assert left(maildir) == ([], ["1000000000.M2.host:2,S", "999999999.M1.host:2,S"])
    assert collect_maildir(maildir, seen.append, limit=10) == 0


def test_a_mail_that_could_not_be_recorded_is_shown_again(maildir: Path) -> None:
    drop(maildir, "1.a", "2.b", "3.c")
    seen: list[bytes] = []

    def record(raw: bytes) -> None:
        seen.append(raw)
        if len(seen) == 2:
            raise ValueError("the database is away")

    with pytest.raises(ValueError, match="away"):
        collect_maildir(maildir, record, limit=10)
    assert left(maildir) == (["2.b", "3.c"], ["1.a:2,S"])
    collect_maildir(maildir, record, limit=10)
    assert seen == [b"mail 1.a", b"mail 2.b", b"mail 2.b", b"mail 3.c"]


def test_two_that_read_one_maildir_at_once_lose_nothing(maildir: Path) -> None:
    drop(maildir, "1.a", "2.b", "3.c")
    seen: list[bytes] = []

    def record(raw: bytes) -> None:
        seen.append(raw)
        if len(seen) == 1:  # another process comes while this one records its first
            collect_maildir(maildir, seen.append, limit=10)

    assert collect_maildir(maildir, record, limit=10) == 0
    assert set(seen) == {b"mail 1.a", b"mail 2.b", b"mail 3.c"}
    assert left(maildir)[0] == []


def test_a_round_takes_so_many_and_no_more_of_any_of_them(maildir: Path) -> None:
    drop(maildir, "1.a", "2.b")
    (maildir / "new" / "1.a").write_bytes(b"x" * (MAX_MAIL_BYTES + 1))
    seen: list[bytes] = []
    assert collect_maildir(maildir, seen.append, limit=1) == 1
    assert [len(raw) for raw in seen] == [MAX_MAIL_BYTES]


def test_a_missing_maildir_is_said(tmp_path: Path) -> None:
    with pytest.raises(MailboxError, match="NEWSLETTER_BOUNCE_MAILDIR"):
        collect_maildir(tmp_path / "nowhere", lambda _raw: None, limit=1)
