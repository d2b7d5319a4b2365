"""An operator moves the newsletter to another database with one command."""

from newsletter.embedded.lock import hold_home
from tests.cli.conftest import Newsletter


def test_db_copy_says_what_it_copied_and_what_to_do_next(newsletter: Newsletter) -> None:
    newsletter.subscribe("ann@example.org", "robots")
    target = f"sqlite:///{newsletter.home / 'other.db'}"
    copied = newsletter("db", "copy", "--to", target)
    assert copied.status == 0, copied.err
    assert "subscription" in copied.out
    assert "DATABASE_URL" in copied.out
    assert "ann@example.org" in newsletter("subscribers", DATABASE_URL=target).out
    again = newsletter("db", "copy", "--to", target)
    assert again.status == 2
    assert "not empty" in again.err


def test_db_copy_back_takes_the_database_of_the_settings_for_its_target(newsletter: Newsletter) -> None:
    source = f"sqlite:///{newsletter.home / 'other.db'}"
    newsletter.subscribe("ann@example.org", "robots", DATABASE_URL=source)
    assert newsletter("db", "copy", "--from", source).status == 0
    assert "ann@example.org" in newsletter("subscribers").out


def test_db_copy_waits_for_nobody_who_runs_the_newsletter(newsletter: Newsletter) -> None:
    newsletter.subscribe("ann@example.org", "robots")
    target = f"sqlite:///{newsletter.home / 'other.db'}"
    with hold_home(newsletter.home):
        refused = newsletter("db", "copy", "--to", target)
        assert refused.status == 2
        assert "already running" in refused.err
        assert newsletter("db", "copy", "--to", target, "--while-running").status == 0


def test_db_copy_wants_to_be_told_where_to(newsletter: Newsletter) -> None:
    assert newsletter("db", "copy").status == 2
