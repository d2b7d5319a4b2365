"""A day on the command line: collected, sent once to each reader whatever dies, and accounted for."""

import json
import re
import signal
import time
from difflib import SequenceMatcher
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.cli.conftest import Newsletter
from tests.conftest import SHARED, StandIn
from tests.papers.hub import hub_entry, hub_page
from tests.papers.pages import Entry, api_page
from tests.papers.peer import Peer, Reply

DAY = "2026-03-20"
NOTHING = {"queued": 0, "sending": 0, "accepted": 0, "deferred": 0, "failed": 0, "uncertain": 0, "skipped": 0}


def parse(path: Path) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(path.read_bytes())


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def collected(newsletter: Newsletter) -> Newsletter:
    assert newsletter("collect").status == 0
    return newsletter


def test_collect_stores_the_day_and_says_how_much(newsletter: Newsletter) -> None:
    first = newsletter("collect", "--json")
    assert (first.status, first.json["edition_on"], first.json["papers"], first.json["new_papers"]) == (0, DAY, 6, 6)
    again = newsletter("collect", "--json")
    assert (again.status, again.json["papers"], again.json["new_papers"]) == (0, 6, 0)


def test_a_sent_mail_lies_in_the_inbox_in_both_parts(newsletter: Newsletter) -> None:
    collected(newsletter)("subscribe", "ann@example.org", "-k", "robots", "--name", "Ann 安", "--confirmed")
    sent = newsletter("send", "--day", DAY, "--json")
    assert sent.status == 0, sent.err
    assert sent.json == {"edition_on": DAY, "deliveries": NOTHING | {"accepted": 1}, "skipped": {}}
    (path,) = newsletter.inbox()
    message = parse(path)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["To"].addresses[0].addr_spec == "ann@example.org"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Study number 4" in body(message, "html")
    assert "Study number 4" in body(message, "plain")


def test_sending_twice_sends_nothing_the_second_time(newsletter: Newsletter) -> None:
    collected(newsletter).subscribe("ann@example.org", "robots")
    first = newsletter("send", "--day", DAY, "--json")
    second = newsletter("send", "--day", DAY, "--json")
    assert second.json == first.json
    assert len(newsletter.inbox()) == 1


def add_readers(newsletter: Newsletter, count: int) -> None:
    """Add readers in one process: a command for each would take a second."""
    script = (
        "from newsletter.runtime import open_runtime\n"
        "from newsletter.subscribers.subscriber import Preferences\n"
        "runtime = open_runtime()\n"
        f"for n in range({count}):\n"
        "    runtime.subscribe(f'r{n}@example.org', ['robots'], Preferences(), is_confirmed=True)\n"
    )
    assert newsletter.python(script).status == 0


def recipients(newsletter: Newsletter) -> list[str]:
    return sorted(parse(path)["To"].addresses[0].addr_spec for path in newsletter.inbox())


def test_two_processes_at_once_send_each_mail_once(newsletter: Newsletter) -> None:
    add_readers(collected(newsletter), 60)
    both = [newsletter.start("send", "--day", DAY, "--json") for _ in range(2)]
    for process in both:
        process.communicate(timeout=100)
    assert recipients(newsletter) == sorted(f"r{n}@example.org" for n in range(60))
    assert newsletter("status", "--day", DAY, "--json").json["deliveries"] == NOTHING | {"accepted": 60}


def test_a_sender_killed_in_the_middle_is_finished_by_the_next_and_nobody_gets_two(newsletter: Newsletter) -> None:
    add_readers(collected(newsletter), 80)
    killed = 0
    while len(newsletter.inbox()) < 60 and killed < 4:
        before = len(newsletter.inbox())
        process = newsletter.start("send", "--day", DAY)
        deadline = time.monotonic() + 60
        while len(newsletter.inbox()) < before + 10:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += 1
    assert killed
    last = newsletter("send", "--day", DAY, "--json")
    assert last.status == 0, last.err
    assert last.json["deliveries"] == NOTHING | {"accepted": 80}
    assert recipients(newsletter) == sorted(f"r{n}@example.org" for n in range(80))


def test_a_relay_that_is_down_loses_nothing(newsletter: Newsletter) -> None:
    collected(newsletter).subscribe("ann@example.org", "robots")
    down = newsletter("send", "--day", DAY, "--json", NEWSLETTER_SMTP_URL="smtp://127.0.0.1:9")
    assert down.status == 1
    assert "127.0.0.1:9" in down.err
    assert down.json["deliveries"] == NOTHING | {"queued": 1}
    later = newsletter("send", "--day", DAY, "--json")
    assert (later.status, later.json["deliveries"]) == (0, NOTHING | {"accepted": 1})


def test_the_wrong_kind_of_tls_is_named(newsletter: Newsletter) -> None:
    collected(newsletter).subscribe("ann@example.org", "robots")
    port = newsletter.environment["NEWSLETTER_INBOX_PORT"]
    for scheme, hint in (("smtps", "TLS"), ("smtp+starttls", "STARTTLS")):
        sent = newsletter("send", "--day", DAY, NEWSLETTER_SMTP_URL=f"{scheme}://127.0.0.1:{port}")
        assert sent.status == 1
        assert hint in sent.err
    assert newsletter.inbox() == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=503, headers={"Retry-After": "600"}), "503"),
        (Reply(body=b"<html>garbage</html>"), "listing"),
        (Reply(body=b""), "empty"),
        (Reply(body=b"Rate exceeded.", headers={"Content-Type": "text/plain"}), "slow down"),
    ],
)
def test_an_arxiv_in_trouble_is_named_and_nothing_is_lost(
    newsletter: Newsletter, peer: Peer, reply: Reply, said: str
) -> None:
    collected(newsletter)
    peer.routes.clear()
    peer.on("/", reply)
    failed = newsletter("collect", NEWSLETTER_CLOCK="2026-03-22T21:00:00-04:00")
    assert failed.status == 1
    assert said in failed.err.lower()
    assert newsletter("status", "--json").json["edition_on"] == DAY


def test_run_goes_the_whole_way(newsletter: Newsletter) -> None:
    newsletter.subscribe("ann@example.org", "robots")
    result = newsletter("run")
    assert result.status == 0, result.err
    assert "Edition 2026-03-20" in result.out
    assert len(newsletter.inbox()) == 1


def test_run_brings_trending_papers_to_whoever_wants_them(newsletter: Newsletter, peer: Peer) -> None:
    peer.on("/api/daily_papers", hub_page([hub_entry(50, upvotes=57), hub_entry(51)]))
    peer.on("/api/query", api_page([Entry(arxiv_id=f"2603.000{number}", title=f"Hot {number}") for number in (50, 51)]))
    hub = {"NEWSLETTER_HUGGINGFACE_URL": peer.url}
    newsletter("subscribe", "in@example.org", "-k", "robots", "--trending", "top", "--confirmed")
    newsletter("subscribe", "apart@example.org", "-k", "robots", "--trending", "top", "--trending-apart", "--confirmed")
    ran = newsletter("run", "--json", **hub)
    assert ran.status == 0, ran.err
    assert ran.json["deliveries"]["accepted"] == 2
    assert ran.json["trending"]["accepted"] == 1
    subjects = sorted(str(parse(path)["Subject"]) for path in newsletter.inbox())
    assert subjects[-1] == "Trending papers · Hot 50 + 1 · Fri 20 Mar"
    assert "↑ 57 on Hugging Face" in newsletter("preview", "in@example.org", **hub).out
    assert "trending papers: accepted" in newsletter("status").out
    dry = newsletter("resend", "--day", "2026-03-20", "--trending", "--dry-run", "--json").json
    assert [(line["email"], line["resend"]) for line in dry] == [("apart@example.org", True)]


def test_run_goes_on_without_trending_papers(newsletter: Newsletter, peer: Peer) -> None:
    newsletter("subscribe", "in@example.org", "-k", "robots", "--trending", "top", "--confirmed")
    ran = newsletter("run", "--json", NEWSLETTER_HUGGINGFACE_URL="http://127.0.0.1:9")
    assert (ran.status, ran.json["deliveries"]["accepted"]) == (0, 1)
    assert "without trending papers" in ran.err


def test_without_arxiv_run_says_so_in_one_line_and_sends_the_sample(newsletter: Newsletter, peer: Peer) -> None:
    peer.routes.clear()
    newsletter.subscribe("ann@example.org", "reinforcement learning")
    result = newsletter("run")
    assert result.status == 0, result.err
    assert len([line for line in result.err.splitlines() if "sample" in line]) == 1
    (path,) = newsletter.inbox()
    html = body(parse(path), "html")
    assert "强化学习" in html
    assert "Sample" in html


def test_a_day_is_resent_to_those_a_dry_run_names(newsletter: Newsletter) -> None:
    collected(newsletter).subscribe("ann@example.org", "robots")
    newsletter("send", "--day", DAY)
    dry = newsletter("resend", "--day", DAY, "--dry-run", "--json")
    assert dry.json == [{"email": "ann@example.org", "resend": True, "reason": "the last one is accepted"}]
    assert len(newsletter.inbox()) == 1
    failed = newsletter("resend", "--day", DAY, "--only-failed", "--dry-run", "--json")
    assert failed.json == [{"email": "ann@example.org", "resend": False, "reason": "has it already"}]
    assert newsletter("resend", "--day", DAY, "--only-missing", "--json").status == 0
    assert len(newsletter.inbox()) == 1
    assert newsletter("resend", "--day", DAY, "--to", "ann@example.org", "--json").status == 0
    assert newsletter("resend", "--day", DAY, "--json").json["deliveries"] == NOTHING | {"accepted": 1}
    first, second = newsletter.inbox()
    assert parse(first)["Message-ID"] != parse(second)["Message-ID"]
    story = newsletter("status", "--day", DAY, "--reader", "ann@example.org").out
    assert "Digest, sent again (revision 1): accepted" in story
    assert "asked for again by the command line (resend 1)" in story


def test_a_resend_is_listed_and_what_is_over_cannot_be_taken_back(newsletter: Newsletter) -> None:
    collected(newsletter).subscribe("ann@example.org", "robots")
    newsletter("send", "--day", DAY)
    nobody = newsletter("resend", "--day", DAY, "--only-missing")
    assert (nobody.status, "Nobody is left to send it to" in nobody.out) == (0, True)
    made = newsletter("resend", "--day", DAY, "--recompose", "--json").json["resend"]
    assert made.pop("is_new")
    assert (made["planned"], made["deliveries"], made["is_over"]) == (1, {"accepted": 1}, True)
    assert newsletter("resend", "status", "1", "--json").json == made
    assert newsletter("resend", "list", "--json").json == [made]
    assert [(entry["who"], entry["action"], entry["what"]) for entry in newsletter("audit", "--json").json] == [
        ("command line", "resend", DAY)
    ]
    assert "No resend of 2026-03-20 is under way" in newsletter("resend", "cancel", "--day", DAY).out
    assert newsletter("resend", "cancel", "1", "--json").json[0]["taken_back"] == 0
    for arguments in (("resend",), ("resend", "cancel"), ("resend", "status", "9"), ("resend", "cancel", "9")):
        assert newsletter(*arguments).status == 2
    assert newsletter("uncertain", "--json").json == []
    settled = newsletter("settle", "--day", DAY, "--reader", "ann@example.org", "--as", "accepted")
    assert (settled.status, "uncertain" in settled.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("send", "--day", "2026-03-21"), "no edition of 2026-03-21"),
        (("status", "--day", "yesterday"), "2026-03-20"),
        (("resend", "--day", "2026-03-21"), "no edition"),
        (("resend", "--day", DAY, "--to", "nobody@example.org"), "nobody@example.org"),
        (("resend", "--day", DAY, "--only-missing", "--only-failed"), "give one of them"),
        (("backfill",), "--from"),
        (("backfill", "--id", "nonsense"), "arXiv identifier"),
        (("backfill", "--from", "2026-03-20", "--to", "2026-03-01"), "ends"),
        (("backfill", "--from", "2030-01-01", "--to", "2030-01-02"), "not in arXiv"),
        (("backfill", "--from", "2016-03-01", "--to", "2026-03-01"), "2609 days to fetch, in about 2 h"),
        (("send",), "--day"),
        (("nonsense",), "nonsense"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_to_do(
    newsletter: Newsletter, arguments: tuple[str, ...], said: str
) -> None:
    result = collected(newsletter)(*arguments)
    assert result.status == 2
    assert said in result.err


_NO_WORD = re.compile(r"\W")


@pytest.mark.standin
@pytest.mark.parametrize(
    ("day", "clock", "eastern", "count"),
    [
        (DAY, "2026-03-19T21:00:00-04:00", "2026-03-19T20:00:00-04:00", 46),
        ("2026-02-23", "2026-02-22T21:00:00-05:00", "2026-02-22T20:00:00-05:00", 22),
    ],
)
def test_the_digests_of_the_older_system_are_reproduced(
    recorded: Newsletter, standin: StandIn, day: str, clock: str, eastern: str, count: int
) -> None:
    older = json.loads((SHARED / "data" / "digests" / f"digest-{day}.json").read_text("utf-8"))
    standin.control(now=clock)
    keywords = ('abs:"reinforcement learning"', 'abs:"diffusion policy"')
    assert recorded("collect", NEWSLETTER_CLOCK=clock).status == 0
    assert recorded.subscribe("ann@example.org", *keywords).status == 0
    preview = recorded("preview", "ann@example.org", "--day", day, "--format", "json", NEWSLETTER_CLOCK=clock).json
    papers = preview["sections"][0]["papers"]
    assert [paper["arxiv_id"] for paper in papers] == [paper["arxiv_id"] for paper in older["sections"][0]["papers"]]
    assert (preview["count"], preview["sections"][1]["papers"]) == (count, [])
    assert (preview["edition_on"], preview["announced_at"]) == (day, eastern)
    # in the glossary's words and with Chinese marks, else as it was; a text with placeholders in it was never recorded
    pairs = zip(papers, older["sections"][0]["papers"], strict=True)
    recorded_before = [(one, before) for one, before in pairs if not one["abstract_zh"].startswith("【机翻】")]
    assert len(recorded_before) > count // 4
    for one, before in recorded_before[:5]:
        words, words_before = (_NO_WORD.sub("", item["abstract_zh"]) for item in (one, before))
        assert SequenceMatcher(None, words, words_before, autojunk=False).ratio() > 0.9


@pytest.mark.standin
def test_a_plain_keyword_also_finds_what_only_the_title_says(recorded: Newsletter) -> None:
    assert recorded("collect").status == 0
    recorded.subscribe("ann@example.org", "reinforcement learning", NEWSLETTER_TRANSLATOR="none")
    preview = recorded("preview", "ann@example.org", "--format", "json", NEWSLETTER_TRANSLATOR="none").json
    ids = [paper["arxiv_id"] for paper in preview["sections"][0]["papers"]]
    assert "2603.18257" in ids
    assert len(ids) == 47


FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (40960, 40960)); "
"""No file may grow past 40 KiB: what the database sees is a write that fails, as on a full disk."""


def test_a_full_disk_is_named_and_nothing_is_lost(newsletter: Newsletter) -> None:
    newsletter.subscribe("ann@example.org", "robots")
    full = newsletter.python(FULL_DISK + "from newsletter.cli import main; main()", "collect")
    assert full.status == 1
    assert "disk" in full.err
    assert "Traceback" not in full.err
    collected(newsletter)
    full = newsletter.python(FULL_DISK + "from newsletter.cli import main; main()", "send", "--day", DAY)
    assert full.status == 1
    assert "disk" in full.err
    assert newsletter.inbox() == []
    assert newsletter("send", "--day", DAY, "--json").json["deliveries"] == NOTHING | {"accepted": 1}
