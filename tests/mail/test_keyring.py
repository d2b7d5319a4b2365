"""Which keys sign the mail of an installation."""

from pathlib import Path

import pytest

from newsletter.errors import ConflictError, SettingsError
from newsletter.mail.dkim.keys import format_key
from newsletter.mail.keyring import find_signer, signing_domain, slots_of, store_key
from newsletter.settings import load_settings
from tests.mail.dkim.keys import ED25519_KEY, RSA_KEY

FROM = "Chenbao 晨报 <chenbao@papers.example.org>"


def test_without_a_selector_nothing_is_signed(tmp_path: Path) -> None:
    store_key(RSA_KEY, tmp_path / "dkim" / "chenbao.rsa.pem", is_replacing=False)
    assert find_signer(load_settings(home=tmp_path, mail_from=FROM)) is None


def test_the_keys_of_the_selector_are_found_in_the_home_folder(tmp_path: Path) -> None:
    for slot, key in zip(slots_of("autumn", tmp_path / "dkim"), (RSA_KEY, ED25519_KEY), strict=True):
        store_key(key, slot.file, is_replacing=False)
    signer = find_signer(load_settings(home=tmp_path, mail_from=FROM, dkim_selector="autumn"))
    assert signer is not None
    assert signer.domain == "papers.example.org"
    assert [key.selector for key in signer.keys] == ["autumn", "autumn-ed25519"]


def test_one_key_is_enough_and_a_setting_goes_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dkim").mkdir()
    (tmp_path / "dkim" / "autumn.ed25519.pem").write_text("nothing that could be read")
    secret = tmp_path / "secret.pem"
    secret.write_bytes(format_key(ED25519_KEY))
    monkeypatch.setenv("NEWSLETTER_DKIM_ED25519_KEY_FILE", str(secret))
    signer = find_signer(load_settings(home=tmp_path, mail_from=FROM, dkim_selector="autumn"))
    assert signer is not None
    assert [key.algorithm for key in signer.keys] == ["ed25519-sha256"]


def test_a_selector_without_a_key_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"keygen --selector autumn"):
        find_signer(load_settings(home=tmp_path, mail_from=FROM, dkim_selector="autumn"))


def test_a_key_without_a_selector_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="NEWSLETTER_DKIM_SELECTOR"):
        find_signer(load_settings(home=tmp_path, dkim_key=format_key(RSA_KEY).decode()))


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "dkim").mkdir()
    (tmp_path / "dkim" / "autumn.rsa.pem").write_text("-----BEGIN PRIVATE KEY-----")
    with pytest.raises(SettingsError, match=r"dkim/autumn\.rsa\.pem needs an RSA private key"):
        find_signer(load_settings(home=tmp_path, mail_from=FROM, dkim_selector="autumn"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("", "papers.example.org"), ("Example.ORG.", "example.org"), ("论文.example", "xn--7dv436f.example")],
)
def test_the_domain_of_the_signature_is_the_from_headers_unless_said(tmp_path: Path, written: str, meant: str) -> None:
    assert signing_domain(load_settings(home=tmp_path, mail_from=FROM, dkim_domain=written)) == meant


def test_a_stored_key_is_its_owners_alone_and_never_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "dkim" / "chenbao.rsa.pem"
    store_key(RSA_KEY, path, is_replacing=False)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    before = path.read_bytes()
    with pytest.raises(ConflictError, match="--force"):
        store_key(ED25519_KEY, path, is_replacing=False)
    assert path.read_bytes() == before
    store_key(ED25519_KEY, path, is_replacing=True)
    assert path.read_bytes() == format_key(ED25519_KEY)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_folder_that_takes_no_file_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="Cannot write"):
        store_key(RSA_KEY, tmp_path / "file" / "chenbao.rsa.pem", is_replacing=False)
