"""What a mail program reads from a built message is what the renderer wrote, as if the standard library had packed it."""

from collections.abc import Sequence
from datetime import date
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser, HeaderParser

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.building import OutgoingMessage
from newsletter.deliveries.claims import claim_batch
from newsletter.deliveries.letterhead import Letterhead
from newsletter.deliveries.letters import build_messages, seal_digest
from newsletter.deliveries.store import Claimed
from newsletter.digests.addresses import Addresses
from newsletter.digests.compile import load_renderer
from newsletter.digests.digest import Digest, ShownPaper
from newsletter.digests.load import list_frozen, load_digests
from newsletter.digests.render import Renderer
from newsletter.editions.compose import compose_edition
from newsletter.mail.return_path import ReturnPaths
from newsletter.papers.paper import AnnouncementKind
from newsletter.resources import templates_folder
from newsletter.subscribers.subscriber import (
    USUAL_CHOICES,
    Density,
    Languages,
    Preferences,
    Subscriber,
)
from newsletter.translation.language import tag_of
from tests.digests.factories import (
    FACTS,
    make_digest,
    make_digest_of,
    make_paper,
    make_section,
    make_trending_section,
)
from tests.factories import (
    FRIDAY,
    MORNING,
    SITE,
    Hand,
    WordForWord,
    add_reader,
    announce,
    make_addresses,
    make_desk,
    make_subscriber,
    message_id,
    open_day,
)
from tests.factories import make_paper as make_listed_paper
from tests.mail.dkim.keys import SIGNER, published, verified_by_dkimpy

pytestmark = pytest.mark.one_database

LETTERHEAD = Letterhead(
    from_header="Chenbao 晨报 <chenbao@papers.example.org>",
    public_url=SITE,
    return_paths=ReturnPaths("a secret of the tests", "bounces.example.org"),
    signer=SIGNER,
)
READER = make_subscriber()
LONG_ADDRESS = f"https://example.org/{'a' * 1500}"
ODD_PAPERS: Sequence[ShownPaper] = (
    make_paper(1, title="漢" * 2000, title_translated="译" * 2000, abstract="一" * 5000),
    make_paper(2, title="x" * 3000, authors=tuple(f"Author {number}" for number in range(400))),
    make_paper(3, abstract=f"Code: {LONG_ADDRESS} and <b>&amp;</b> a = b.", comment="=3D =?utf-8?q?no?= 100 %"),
    make_paper(4, abstract=".\n..\nFrom here\n.", abstract_translated="。\n. 点\n"),
    make_paper(5, kind=AnnouncementKind.REPLACE, late_from=date(2026, 3, 18), facts=FACTS),
    make_paper(6, title_translated=None, abstract_translated=None, comment=None),
    make_paper(7, title="Emoji 🤖 and 𝔸, naïve café", abstract="tab\there, trailing   blanks   "),
)
NOTE = {"en": "Translations are missing today.", "zh": "今天缺少译文。"}


def _shapes() -> dict[str, Digest]:
    """Digests of every kind."""
    shapes = {
        f"{languages} {density}": make_digest_of(8, languages=languages, density=density)
        for languages in USUAL_CHOICES
        for density in Density
    }
    shapes |= {
        f"odd {languages}": make_digest([make_section(ODD_PAPERS)], languages=languages) for languages in USUAL_CHOICES
    }
    trending = make_trending_section(
        [make_paper(number, facts=FACTS) for number in (1, 30, 31)], ["robots"], left_out=2
    )
    return shapes | {
        "nothing": make_digest([]),
        "no result": make_digest([make_section([], keyword="扩散 policy")], languages=Languages("zh")),
        "more than fits": make_digest_of(60, notes=(NOTE,), origin=NOTE),
        "weekly": make_digest_of(12, since_on=date(2026, 3, 16), timezone="America/New_York"),
        "sample": make_digest_of(2, is_sample=True),
        "with trending": make_digest([make_section([make_paper(1)]), trending]),
        "trending apart": make_digest([trending], is_trending=True),
        "several keywords": make_digest(
            [
                make_section([make_paper(1), make_paper(2)], query='"reinforcement learning"', also=["news"]),
                make_section([make_paper(3)], keyword="新闻 & <news>", query="news"),
            ]
        ),
        "plain English": make_digest_of(15, languages=Languages("en"), links=make_digest([]).links),
    }  # fmt: skip


SHAPES = _shapes()


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    """A renderer of its own: what it keeps from one test may not change what the next one reads."""
    return load_renderer(templates_folder())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_mail_program_reads_what_the_renderer_wrote(renderer: Renderer, shape: str) -> None:
    digest = SHAPES[shape]
    message = seal_digest(LETTERHEAD, renderer, READER, digest, message_id="<1@papers.example.org>", date=MORNING)
    for is_eight_bit in (False, True):
        content = message.octets(is_eight_bit=is_eight_bit)
        check_as_sent(content, is_eight_bit=is_eight_bit)
        check_as_read(content, renderer, digest, READER)
        assert message.octets(is_eight_bit=is_eight_bit) == content


@pytest.mark.parametrize("is_eight_bit", [False, True])
def test_an_address_beyond_ascii_stays_as_it_is(renderer: Renderer, is_eight_bit: bool) -> None:
    digest = make_digest_of(3)
    for email in ("ann@例子.example", "安@example.org"):
        reader = Subscriber(**{name: getattr(READER, name) for name in READER.__slots__} | {"email": email})
        message = seal_digest(LETTERHEAD, renderer, reader, digest, message_id="<1@papers.example.org>", date=MORNING)
        content = message.octets(is_eight_bit=is_eight_bit)
        check_as_read(content, renderer, digest, reader)


KEYWORDS = ("reinforcement learning", "walking robots", "diffusion", "robots AND NOT diffusion", "cat:cs.LG")


def test_readers_of_one_batch_each_get_their_own_words(engine: Engine, renderer: Renderer) -> None:
    claimed, digests, readers = _claim_a_morning(engine)
    addresses = make_addresses(Hand())
    first = _build(engine, claimed, renderer, addresses)
    again = _build(engine, claimed[::-1], renderer, addresses)
    plain = load_renderer(templates_folder())
    for item in claimed:
        for is_eight_bit in (False, True):
            content = first[item.id].message.octets(is_eight_bit=is_eight_bit)
            check_as_sent(content, is_eight_bit=is_eight_bit)
            check_as_read(
                content, plain, digests[item.digest_id or 0], readers[item.subscriber_id], message_id=item.message_id
            )
            assert again[item.id].message.octets(is_eight_bit=is_eight_bit) == content


def _claim_a_morning(engine: Engine) -> tuple[list[Claimed], dict[int, Digest], dict[int, Subscriber]]:
    """Let a morning come in which readers share papers, but neither keywords nor languages nor density."""
    desk = make_desk(engine, WordForWord())
    abstract = "Reinforcement learning for diffusion policies of robots that walk, and of walking robots."
    titles = [f"Robots {number}: diffusion and reinforcement learning" for number in range(12)]
    open_day(desk, announce([make_listed_paper(at, title, abstract=abstract) for at, title in enumerate(titles, 1)]))
    readers = {}
    for number in range(12):
        wished = Preferences(languages=USUAL_CHOICES[number % 4], density=list(Density)[number % 3])
        keywords = [KEYWORDS[number % 5], KEYWORDS[(number * 2 + 1) % 5]]
        reader = add_reader(desk, f"r{number}@example.org", *dict.fromkeys(keywords), preferences=wished)
        readers[int(reader.id)] = reader
    compose_edition(desk, FRIDAY, message_id=message_id)
    with transaction(engine) as session:
        until = MORNING.replace(hour=23)
        claimed = claim_batch(session, now=MORNING, owner="here:1:1:a", lease_until=until, limit=100).claimed
    with reading(engine) as session:
        frozen = list_frozen(session, [item.digest_id for item in claimed if item.digest_id], {})
        digests = load_digests(session, list(frozen.values()), make_addresses(Hand()))
    assert len(claimed) == len(readers)
    return claimed, dict(zip(frozen, digests, strict=True)), readers


def _build(
    engine: Engine, claimed: Sequence[Claimed], renderer: Renderer, addresses: Addresses
) -> dict[int, OutgoingMessage]:
    with reading(engine) as session:
        built = build_messages(session, claimed, LETTERHEAD, renderer, addresses, now=MORNING)
    return {key: message for key, message in built.items() if isinstance(message, OutgoingMessage)}


def check_as_sent(content: bytes, *, is_eight_bit: bool) -> None:
    """Check what relays ask of every line."""
    assert is_eight_bit or content.isascii()
    assert content.partition(b"\r\n\r\n")[0].isascii()
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\0" not in content
    assert max(map(len, content.split(b"\r\n"))) <= 998


def check_as_read(
    content: bytes,
    renderer: Renderer,
    digest: Digest,
    reader: Subscriber,
    *,
    message_id: str = "<1@papers.example.org>",
) -> None:
    """Check that parsing gives back the same parts as parsing what the standard library makes of the same words."""
    expected = renderer.message(digest)
    plain = EmailMessage()
    plain.set_content(expected.text)
    plain.add_alternative(expected.html, subtype="html")
    assert parts_of(content) == parts_of(plain.as_bytes(policy=policy.SMTP))
    assert parts_of(content) == [("text/plain", lines(expected.text)), ("text/html", lines(expected.html))]
    assert headers_of(content) == expected_headers(expected.subject, digest, reader, message_id)
    assert verified_by_dkimpy(content, published()) == [True, True]


def parts_of(content: bytes) -> list[tuple[str, list[str]]]:
    """Return the content type and the decoded lines of each part; whatever is wrong with the structure fails."""
    message = BytesParser(policy=policy.default).parsebytes(content)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.defects for part in message.walk()] == [[], [], []]
    assert [part.get_content_charset() for part in message.iter_parts()] == ["utf-8", "utf-8"]
    found = ((part.get_content_type(), part.get_payload(decode=True)) for part in message.iter_parts())
    return [(kind, lines(payload.decode())) for kind, payload in found if isinstance(payload, bytes)]


def lines(text: str) -> list[str]:
    """Return the lines, whatever ends them, and without blank ones at the end."""
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


def headers_of(content: bytes) -> dict[str, str]:
    """Return the headers that a mail program shows or acts on, without the signatures and the outer content type."""
    head = content.partition(b"\r\n\r\n")[0].decode()
    message = HeaderParser(policy=policy.default).parsestr(head)
    names = [name for name in message if name not in ("DKIM-Signature", "Content-Type")]
    assert len(set(map(str.lower, names))) == len(names)
    return {name: str(message[name]) for name in names}


def expected_headers(subject: str, digest: Digest, reader: Subscriber, message_id: str) -> dict[str, str]:
    kind = "trending" if digest.is_trending else "digest"
    local, _, domain = reader.email.rpartition("@")
    mailto = f"{LETTERHEAD.unsubscribe_mailto(reader.id)}"
    to = Address(reader.name, local, domain.encode("idna").decode())
    return {
        "From": "Chenbao 晨报 <chenbao@papers.example.org>",
        "To": str(to),
        "Subject": subject,
        "Date": "Fri, 20 Mar 2026 01:00:00 +0000",
        "Message-ID": message_id,
        "MIME-Version": "1.0",
        "Content-Language": ", ".join(map(tag_of, digest.languages.codes)),
        "Auto-Submitted": "auto-generated",
        "List-Id": "Chenbao 晨报 <digest.papers.example.org>",
        "List-Unsubscribe": f"<{digest.links.unsubscribe_url}>, <mailto:{mailto}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Help": f"<{digest.links.manage_url}>",
        "List-Archive": f"<{digest.links.browser_url}>",
        "Feedback-ID": f"{digest.edition_on:%Y%m%d}:{kind}:chenbao:papers.example.org",
        "Precedence": "bulk",
    }
