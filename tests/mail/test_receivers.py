"""Our mail in the eyes of its receivers: after Postfix it verifies with dkimpy and OpenDKIM, and SpamAssassin likes it."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from newsletter.deliveries.messages import Message
from newsletter.findings import Grade
from newsletter.inspection.sender import open_sender
from newsletter.inspection.trial import try_mail
from newsletter.mail.arrival import Journey, judge_arrival
from newsletter.mail.dkim.keys import format_key
from newsletter.settings import load_settings
from tests.mail.dkim.keys import ED25519_KEY, RSA_KEY, SIGNER, published, verified_by_dkimpy
from tests.mail.mta import MailHost, run_mail_host, what_is_missing
from tests.mail.name_server import running_name_server
from tests.mail.post import READERS, send_all_kinds

KINDS = [Message.DIGEST, Message.CONFIRM, Message.WELCOME, Message.LINK, Message.GOODBYE, Message.NOTICE]
OPENDKIM = Path("/usr/sbin/opendkim")
MOST_POINTS = 1.0

pytestmark = pytest.mark.mta


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    """A mail host that knows our readers."""
    missing = what_is_missing()
    if missing is not None:
        pytest.skip(missing)
    with run_mail_host(READERS) as running:
        yield running


@pytest.fixture(scope="module")
def mails(host: MailHost, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Message, bytes]:
    """One mail of each kind, as its reader finds it."""
    found = send_all_kinds(tmp_path_factory.mktemp("post"), host)
    assert found.keys() == set(KINDS)
    return found


@pytest.fixture(scope="module")
def opendkim(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], str]:
    """Return what OpenDKIM, which finds our keys in its DNS, says of a mail."""
    if not OPENDKIM.exists():
        pytest.skip("not installed: the Debian package opendkim")
    folder = tmp_path_factory.mktemp("opendkim")
    (folder / "dns").write_text("".join(f"{name} {text}\n" for name, text in published().items()))
    settings, mail = folder / "opendkim.conf", folder / "mail"
    settings.write_text(f"Mode v\nSyslog no\nAlwaysAddARHeader yes\nTestDNSData file:{folder}/dns\n")

    def ask(content: bytes) -> str:
        mail.write_bytes(content)
        return _run(str(OPENDKIM), "-x", str(settings), "-vvv", "-t", str(mail))

    return ask


@pytest.fixture(scope="module")
def judgements(mails: Mapping[Message, bytes], tmp_path_factory: pytest.TempPathFactory) -> Mapping[Message, str]:
    """What SpamAssassin writes into X-Spam-Status, with the rules of its package alone: no network, no learning."""
    program = shutil.which("spamassassin")
    if program is None:
        pytest.skip("not installed: the Debian package spamassassin")
    home = tmp_path_factory.mktemp("spamassassin")
    judged = {}
    files = {kind: home / kind for kind in mails}
    for kind, file in files.items():
        file.write_bytes(_from_a_stranger(mails[kind]))
    options = ["-x", "-L", "-t", "--cf=use_bayes 0", "--cf=use_auto_welcomelist 0"]
    said = _run(program, *options, *map(str, files.values()), home=home)
    statuses = re.findall(r"^X-Spam-Status: (.*(?:\n\s.*)*)", said, re.MULTILINE)
    for kind, status in zip(files, statuses, strict=True):
        judged[kind] = re.sub(r"\s+", " ", status)
    return judged


def _from_a_stranger(content: bytes) -> bytes:
    """Return a mail as if it had come at once and from afar.

    Postfix's clock is the real one, the mail's is not; and SpamAssassin trusts its own host.
    """
    written = re.search(rb"^Date: (.*?)\r$", content, re.MULTILINE)
    assert written is not None
    head, end, body = content.partition(b"\r\n\r\n")
    head = re.sub(rb"\w{3}, +\d+ \w{3} \d{4} [\d:]{8} [+-]\d{4} \(\w+\)", written[1], head)
    # no address kept for documentation: those count as illegal
    relay = b"from mail.papers.example.org (mail.papers.example.org [93.184.216.34])"
    head, count = re.subn(rb"from \S+ \([^)]*\[127\.0\.0\.1\]\)", relay, head)
    assert count == 1
    return head + end + body


def _run(*command: str, home: Path | None = None) -> str:
    environment = {**os.environ, **({"HOME": str(home)} if home else {})}
    done = subprocess.run(command, capture_output=True, timeout=100, check=False, env=environment)
    output = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0, output[-2000:]
    return output


@pytest.mark.parametrize("kind", KINDS)
def test_dkimpy_believes_both_signatures_after_postfix(mails: Mapping[Message, bytes], kind: Message) -> None:
    assert verified_by_dkimpy(mails[kind], published()) == [True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_opendkim_believes_both_signatures_after_postfix(
    mails: Mapping[Message, bytes], opendkim: Callable[[bytes], str], kind: Message
) -> None:
    said = opendkim(mails[kind])
    assert re.findall(r"dkim=(\w+)", said) == ["pass", "pass"], said
    assert re.findall(r"header\.s=(\S+)", said) == [RSA_KEY.selector, ED25519_KEY.selector]
    assert "verification (s=chenbao, d=papers.example.org, 2048-bit key) succeeded" in said


def test_opendkim_believes_neither_when_somebody_adds_a_sender(
    mails: Mapping[Message, bytes], opendkim: Callable[[bytes], str]
) -> None:
    said = opendkim(b"From: Somebody <else@example.net>\r\n" + mails[Message.DIGEST])
    assert "pass" not in re.findall(r"dkim=(\w+)", said), said


@pytest.mark.parametrize("kind", KINDS)
def test_we_believe_both_signatures_too(mails: Mapping[Message, bytes], kind: Message) -> None:
    texts = {name: [text] for name, text in published().items()}
    found = list(judge_arrival(Journey(sent=mails[kind], arrived=mails[kind], signer=SIGNER, texts=texts)))
    assert {finding.grade for finding in found} == {"ok"}


@pytest.mark.parametrize("kind", KINDS)
def test_spamassassin_gives_it_less_than_one_point(judgements: Mapping[Message, str], kind: Message) -> None:
    status = judgements[kind]
    score = re.search(r"score=(-?[\d.]+)", status)
    assert score is not None
    assert float(score[1]) < MOST_POINTS, status
    assert "ALL_TRUSTED" not in status, "the mail must not profit from coming from this host"


def test_a_digest_and_a_notice_say_how_to_unsubscribe_under_the_signature(mails: Mapping[Message, bytes]) -> None:
    for kind in (Message.DIGEST, Message.NOTICE):
        head = mails[kind].partition(b"\r\n\r\n")[0]
        assert re.search(rb"^List-Unsubscribe: <https://[^>]*>,\r\n <mailto:[^>]*>\r$", head, re.MULTILINE)
        assert head.count(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click") == 1
        assert head.count(b"list-unsubscribe:list-unsubscribe:") == 2


def test_a_mail_to_oneself_is_fetched_from_the_mailbox_and_judged(host: MailHost, tmp_path: Path) -> None:
    settings = load_settings(
        home=tmp_path, smtp_url=host.smtp_url, mail_from=f"Chenbao <{READERS[0]}>",
        dkim_selector=RSA_KEY.selector, dkim_key=format_key(RSA_KEY).decode(),
        check_imap_url=f"imap://zhang%40example.org:of-the-tests@127.0.0.1:{host.imap_port}/INBOX",
    )  # fmt: skip
    with running_name_server() as server:
        sender = open_sender(settings.model_copy(update={"dns_server": server.address}))
        found = try_mail(sender)
    assert {finding.grade for finding in found} == {Grade.OK}, found
    assert [finding.text for finding in found] == [
        f"127.0.0.1:{host.smtp_port} took a mail to zhang@example.org",
        "the signature of chenbao (rsa-sha256) holds, checked against our own key, as the DNS has none",
        "both headers for unsubscribing arrived, covered by the signature",
        "every line of its body arrived as it was sent",
    ]


def test_a_relay_that_does_not_take_the_mail_is_quoted(host: MailHost, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, smtp_url=host.smtp_url, mail_from="zhang@example.org")
    with running_name_server() as server:
        sender = open_sender(settings.model_copy(update={"dns_server": server.address}))
        (finding,) = try_mail(sender, to="nobody-knows@example.org")
    assert finding.grade is Grade.PROBLEM
    assert "did not take a mail to nobody-knows@example.org: 550" in finding.text
