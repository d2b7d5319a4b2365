"""Making the keys that sign the mail, as an operator does it."""

from pathlib import Path

import pytest

from newsletter.mail.dkim.keys import parse_record
from tests.cli.conftest import Newsletter


@pytest.fixture
def alone(tmp_path: Path) -> Newsletter:
    """An installation of which nothing runs."""
    environment = {"NEWSLETTER_MAIL_FROM": "Chenbao 晨报 <chenbao@example.org>"}
    return Newsletter(home=tmp_path / "home", environment=environment)


def test_keygen_prints_the_records_of_the_keys_it_wrote(alone: Newsletter) -> None:
    made = alone("dkim", "keygen", "--json").json
    assert [record["name"] for record in made["records"]] == [
        "chenbao._domainkey.example.org",
        "chenbao-ed25519._domainkey.example.org",
    ]
    assert [parse_record("".join(record["strings"])).bits for record in made["records"]] == [2048, 256]
    assert all(Path(name).stat().st_mode & 0o777 == 0o600 for name in made["files"])
    assert made["settings"] == ["NEWSLETTER_DKIM_SELECTOR=chenbao"]
    shown = alone("dkim", "show", "--json", NEWSLETTER_DKIM_SELECTOR="chenbao").json
    assert shown["records"] == made["records"]


def test_keygen_never_replaces_a_key_unasked(alone: Newsletter) -> None:
    alone("dkim", "keygen", "--algorithm", "ed25519")
    (key,) = (alone.home / "dkim").iterdir()
    before = key.read_bytes()
    refused = alone("dkim", "keygen")
    assert refused.status == 2
    assert "--force" in refused.err
    assert [file.read_bytes() for file in (alone.home / "dkim").iterdir()] == [before], "nor half of the work done"
    assert alone("dkim", "keygen", "--algorithm", "ed25519", "--force").status == 0
    assert key.read_bytes() != before


def test_keygen_for_another_place_says_every_setting(alone: Newsletter, tmp_path: Path) -> None:
    options = ["--selector", "autumn", "--domain", "news.example.net", "--out", str(tmp_path / "keys")]
    said = alone("dkim", "keygen", *options).out
    assert "autumn._domainkey.news.example.net. IN TXT (" in said
    for line in (
        "NEWSLETTER_DKIM_SELECTOR=autumn",
        "NEWSLETTER_DKIM_DOMAIN=news.example.net",
        f"NEWSLETTER_DKIM_KEY_FILE={tmp_path}/keys/autumn.rsa.pem",
        f"NEWSLETTER_DKIM_ED25519_KEY_FILE={tmp_path}/keys/autumn.ed25519.pem",
    ):
        assert line in said


def test_what_is_printed_is_cut_nowhere_but_into_strings(alone: Newsletter) -> None:
    said = alone("dkim", "keygen", COLUMNS="40").out
    values = [line.split("  value  ")[1] for line in said.splitlines() if "  value  " in line]
    assert [parse_record(value).bits for value in values] == [2048, 256]


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--selector", "A B"], "small letters"),
        (["--domain", "localhost"], "NEWSLETTER_MAIL_FROM"),
    ],
)
def test_a_name_that_no_dns_has_is_refused(alone: Newsletter, options: list[str], hint: str) -> None:
    refused = alone("dkim", "keygen", *options)
    assert refused.status == 2
    assert hint in refused.err


def test_show_without_keys_says_how_to_make_them(alone: Newsletter) -> None:
    refused = alone("dkim", "show")
    assert refused.status == 2
    assert "newsletter dkim keygen" in refused.err


def test_a_key_that_cannot_be_used_stops_the_program_at_its_start(alone: Newsletter) -> None:
    refused = alone("status", NEWSLETTER_DKIM_SELECTOR="chenbao")
    assert refused.status == 2
    assert "there is no key for it" in refused.err
