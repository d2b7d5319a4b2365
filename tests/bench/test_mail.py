"""The comparison of sending pipelines runs from end to end, small, and what it compares is comparable."""

import json
import shutil
import subprocess
import sys
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import dkim
import pytest
from lxml import html as lxml_html
from sqlalchemy import Engine
from sqlmodel import select

from bench.mail import plain
from bench.mail.house import ALGORITHMS, make_keys
from bench.mail.morning import add_readers, announce, find_keywords, make_up_morning
from bench.mail.watch import Watch, fit_line
from newsletter.db.engine import reading
from newsletter.deliveries.letterhead import Letterhead
from newsletter.deliveries.letters import seal_digest
from newsletter.digests.compile import load_renderer
from newsletter.digests.digest import Digest
from newsletter.digests.tables import DigestRow
from newsletter.editions.compose import compose_edition
from newsletter.mail.dkim.keys import format_record, parse_key
from newsletter.resources import templates_folder
from newsletter.subscribers.subscriber import Languages
from tests.digests.factories import make_digest_of
from tests.factories import MORNING, SITE, Hand, make_desk, make_subscriber, message_id

ROOT = Path(__file__).parents[2]
_PLACES = "/usr/sbin:/usr/bin:/usr/local/sbin"
needs_sink = pytest.mark.skipif(
    shutil.which("smtp-sink", path=_PLACES) is None, reason="smtp-sink (Debian's postfix) is not installed"
)
READER = make_subscriber(name="Ann Lee")


@needs_sink
@pytest.mark.timeout(400)
def test_a_small_comparison_measures_every_pipeline() -> None:
    command = [sys.executable, "-m", "bench.mail", "--readers", "60", "--papers", "4", "--workers", "1"]
    small = ["--day", "120", "--rounds", "1", "--web"]
    done = subprocess.run([*command, *small], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    *lines, last = done.stdout.splitlines()
    found = json.loads(last)
    assert (found["readers"], found["papers"], found["database"], found["key"]) == (60, 4, "sqlite", "rsa")
    for rate in ("plain", "ours", "ours_without_database", "smtp_source", "whole"):
        assert found[f"{rate}_per_second"] > 0
    assert found["bytes_per_mail"] > 10_000
    assert found["ours_build_ms_rsa"] > 0
    assert found["max_rss_mib"]["worker"] > 0
    assert any("of ours without database and broker" in line for line in lines)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_the_plain_pipeline_signs_what_a_receiver_believes(kind: str) -> None:
    keys = make_keys()
    recipient, message = _build_plainly(make_digest_of(1), kind, keys)
    key = parse_key(keys[kind].decode(), setting=kind, algorithm=ALGORITHMS[kind], selector="bench")
    assert recipient == READER.email
    assert dkim.verify(message, dnsfunc=lambda *_, **__: format_record(key).encode())


def test_the_plain_pipeline_shows_what_ours_shows() -> None:
    digest = make_digest_of(3)
    letterhead = Letterhead(from_header="Chenbao <chenbao@papers.example.org>", public_url=SITE)
    renderer = load_renderer(templates_folder(), [Languages("en+zh")])
    ours = seal_digest(letterhead, renderer, READER, digest, message_id="<1@example.org>", date=MORNING)
    for message in (_build_plainly(digest, "rsa", make_keys())[1], ours.octets(is_eight_bit=True)):
        for entry in digest.sections[0].entries:
            paper = entry.paper
            for said in (paper.title, paper.title_translated, paper.abstract, paper.abstract_translated):
                assert said is not None
                assert all("".join(said.split()) in part for part in _words(message))


def _build_plainly(digest: Digest, kind: str, keys: dict[str, bytes]) -> tuple[str, bytes]:
    signing = plain.Signing(selector="bench", key=plain.key_for(kind, keys[kind]), algorithm=ALGORITHMS[kind].value)
    row = plain.export(digest, to=READER.email, name=READER.name)
    return plain.build(row, plain.open_environment(), signing)


def _words(message: bytes) -> list[str]:
    """Return the text part and the words of the HTML part, without blanks."""
    parsed = BytesParser(policy=policy.default).parsebytes(message)
    assert isinstance(parsed, EmailMessage)
    text, html = (str(part.get_content()) for part in parsed.iter_parts())
    return ["".join(text.split()), "".join(str(lxml_html.fromstring(html).text_content()).split())]


def test_every_reader_gets_the_number_of_papers_that_was_asked_for(engine: Engine) -> None:
    desk, morning = make_desk(engine, now=Hand()), make_up_morning(1, 120)
    announce(desk, morning)
    keywords = find_keywords(desk, morning, 4, seed=1)
    assert len(keywords) >= 20
    add_readers(desk, 50, keywords, seed=1)
    compose_edition(desk, morning.listed_on, message_id=message_id)
    with reading(engine) as session:
        rows = session.exec(select(DigestRow)).all()
    assert [row.paper_count for row in rows] == [4] * 50
    chosen = {tuple(sorted(entry["id"] for section in row.sections for entry in section["entries"])) for row in rows}
    assert len(chosen) > 10


def test_time_that_grows_in_a_straight_line_is_seen_as_such() -> None:
    straight = fit_line([(1000, 3.0), (2000, 5.0), (4000, 9.0)])
    assert (straight.intercept, straight.slope, straight.r_squared) == pytest.approx((1.0, 0.002, 1.0))
    assert fit_line([(1000, 1.0), (2000, 4.0), (3000, 9.0)]).r_squared < 0.99


def test_the_tenths_of_a_run_are_found_between_two_looks() -> None:
    watch = Watch({}, lambda: 0)
    watch.points = [(0, 0.0), (50, 1.0), (100, 3.0)]
    counts, seconds = zip(*watch.tenths(100), strict=True)
    assert counts == tuple(range(10, 101, 10))
    assert seconds == pytest.approx((0.2, 0.4, 0.6, 0.8, 1.0, 1.4, 1.8, 2.2, 2.6, 3.0))
