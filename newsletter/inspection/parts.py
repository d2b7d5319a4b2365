"""The parts of an installation: settings, disk, database, broker, relay, arXiv, translator."""

import shutil
import ssl
from collections.abc import Callable, Iterator
from email.utils import parseaddr
from functools import partial

from newsletter.db.engine import open_engine
from newsletter.db.migrate import current_revision, head_revision
from newsletter.embedded.broker import broker_url, ping
from newsletter.errors import NewsletterError
from newsletter.findings import Finding, Grade
from newsletter.inspection.look import found, look, told
from newsletter.languages import SOURCE
from newsletter.mail.connect import TimeLimits, open_connection
from newsletter.mail.intake.listen import has_reports
from newsletter.mail.keyring import find_signer
from newsletter.mail.server import parse_smtp_urls
from newsletter.papers.sources.gate import polite_session
from newsletter.papers.sources.listing import fetch_listing
from newsletter.settings import Settings, is_loopback
from newsletter.subscribers.addresses import parse_address
from newsletter.translation.engines import Engine, open_translators
from newsletter.translator_settings import Translator
from newsletter.words import NOTHING, Words

LEAST_FREE_BYTES = 500 * 1024 * 1024


def inspect(settings: Settings, *, is_offline: bool) -> list[Finding]:
    """Look at every part in turn; with `is_offline` nothing outside this installation and its relay is asked."""
    parts: list[tuple[str, Callable[[Settings], Iterator[Finding]]]] = [
        ("settings", _settings),
        ("disk", _disk),
        ("database", _database),
        ("broker", _broker),
        ("relay", _relay),
        ("signature", _signature),
        ("bounces", _bounces),
    ]
    if not is_offline:
        parts += [("arXiv", _arxiv), ("translator", _translator)]
    return [
        finding
        for part, judge in parts
        for finding in look(part, partial(judge, settings), hint=_HINTS.get(part, NOTHING))
    ]


_HINTS = {
    "database": Words(
        "Check DATABASE_URL, and that the database server runs.", "请检查 DATABASE_URL，并确认数据库服务正在运行。"
    ),
    "broker": Words(
        "Check REDIS_URL, or leave it empty and use `newsletter up`; mail waits in the database until it is back.",
        "请检查 REDIS_URL，或留空并使用 `newsletter up`；恢复之前，邮件在数据库中等待。",
    ),
    "relay": Words(
        "Check NEWSLETTER_SMTP_URL; port 465 is smtps://, port 587 is smtp+starttls://.",
        "请检查 NEWSLETTER_SMTP_URL；465 端口用 smtps://，587 端口用 smtp+starttls://。",
    ),
    "signature": Words(
        "`newsletter dkim keygen` makes keys; NEWSLETTER_DKIM_SELECTOR names them.",
        "`newsletter dkim keygen` 生成密钥，NEWSLETTER_DKIM_SELECTOR 指定其名称。",
    ),
    "arXiv": Words(
        "If this machine has no way out, the bundled sample edition shows the rest. Otherwise try again in some minutes.",
        "若本机无法访问外网，可用自带的示例了解其余功能；否则请几分钟后再试。",
    ),
    "translator": Words(
        "Check NEWSLETTER_TRANSLATOR, _URL and _KEY; digests go out in the original meanwhile.",
        "请检查 NEWSLETTER_TRANSLATOR 及其 _URL、_KEY；其间邮件以原文发出。",
    ),
}


def _settings(settings: Settings) -> Iterator[Finding]:
    part, address = "settings", parseaddr(settings.mail_from)[1]
    where = Words(
        f"home is {settings.home}, readers reach {settings.public_url}",
        f"数据目录为 {settings.home}，读者访问 {settings.public_url}",
    )
    yield found(part, Grade.OK, where)
    parse_address(address)
    if settings.clock:
        yield found(
            part,
            Grade.WARNING,
            Words(f"the clock runs from {settings.clock}", f"时钟自 {settings.clock} 走起"),
            Words(
                "This rehearses a past day; unset NEWSLETTER_CLOCK for real use.",
                "这是演练过去的一天；正式使用请去掉 NEWSLETTER_CLOCK。",
            ),
        )
    if not settings.uses_inbox and address.endswith("@localhost"):
        yield found(
            part,
            Grade.PROBLEM,
            Words("mail leaves this machine with a sender at localhost", "对外发信的发件人仍是 localhost"),
            Words(
                "Set NEWSLETTER_MAIL_FROM to an address of your domain.",
                "请将 NEWSLETTER_MAIL_FROM 设为您域名下的地址。",
            ),
        )
    if not settings.uses_inbox and is_loopback(settings.public_url):
        yield found(
            part,
            Grade.WARNING,
            Words(
                f"the links in mails lead to {settings.public_url}, which only this machine can open",
                f"邮件中的链接指向 {settings.public_url}，只有本机能打开",
            ),
            Words(
                "Set NEWSLETTER_BASE_URL to the https address of your site.",
                "请将 NEWSLETTER_BASE_URL 设为网站的 https 地址。",
            ),
        )


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.home if settings.home.is_dir() else settings.home.parent
    free = shutil.disk_usage(folder if folder.is_dir() else folder.anchor).free
    is_short = free < LEAST_FREE_BYTES
    room = f"{free / 1024**3:.1f} GiB"
    yield found(
        "disk",
        Grade.PROBLEM if is_short else Grade.OK,
        Words(f"{room} free for {settings.home}", f"{settings.home} 可用空间 {room}"),
        Words(
            "Make room: without it neither papers nor deliveries can be recorded.",
            "请腾出空间，否则论文与发信记录都无法保存。",
        )
        if is_short
        else NOTHING,
    )


def _database(settings: Settings) -> Iterator[Finding]:
    engine = open_engine(settings.database)
    try:
        revision = current_revision(engine)
        backend = engine.dialect.name
    finally:
        engine.dispose()
    if revision == head_revision():
        yield found("database", Grade.OK, Words(f"{backend}, schema {revision}", f"{backend}，表结构版本 {revision}"))
        return
    yield found(
        "database",
        Grade.WARNING if revision is None else Grade.PROBLEM,
        Words(
            f"{backend}, schema is {revision or 'empty'}, this program needs {head_revision()}",
            f"{backend}，表结构{f'版本为 {revision}' if revision else '为空'}，本程序需要 {head_revision()}",
        ),
        Words("Run `newsletter migrate`.", "请运行 `newsletter migrate`。"),
    )


def _broker(settings: Settings) -> Iterator[Finding]:
    part = "broker"
    if ping(broker_url(settings)):
        yield found(part, Grade.OK, Words("answers", "正常应答"))
    elif not settings.redis_url:
        yield found(
            part,
            Grade.WARNING,
            Words("the private broker is not running", "自带的消息代理未在运行"),
            Words("Start it with `newsletter up`, or set REDIS_URL.", "请用 `newsletter up` 启动，或设置 REDIS_URL。"),
        )
    else:
        silent = Words("does not answer at REDIS_URL", "REDIS_URL 处无应答")
        yield found(part, Grade.PROBLEM, silent, _HINTS[part])


def _relay(settings: Settings) -> Iterator[Finding]:
    part = "relay"
    for account in parse_smtp_urls(settings.smtp):
        server = account.server
        try:
            open_connection(server, TimeLimits(), ssl.create_default_context()).quit()
        except NewsletterError as error:
            if not settings.uses_inbox:
                yield found(part, Grade.PROBLEM, told(error), _HINTS[part])
                continue
            yield found(
                part,
                Grade.WARNING,
                Words(f"the embedded inbox is not running ({error})", f"内置收件箱未在运行（{error}）"),
                Words(
                    "Start it with `newsletter up`, or set NEWSLETTER_SMTP_URL.",
                    "请用 `newsletter up` 启动，或设置 NEWSLETTER_SMTP_URL。",
                ),
            )
            continue
        accepts = Words(
            f"{account.name} accepts us, encryption: {server.encryption}",
            f"{account.name} 可以连接，加密方式：{server.encryption}",
        )
        yield found(part, Grade.OK, accepts)


def _signature(settings: Settings) -> Iterator[Finding]:
    signer = find_signer(settings)
    if signer is not None:
        selectors = ", ".join(key.selector for key in signer.keys)
        yield found(
            "signature",
            Grade.OK,
            Words(
                f"mail is signed for {signer.domain} ({selectors}); --mail looks whether receivers can verify it",
                f"邮件以 {signer.domain} 签名（{selectors}）；`newsletter check --mail` 可检查收信方能否验证",
            ),
        )
    elif not settings.uses_inbox:
        yield found(
            "signature",
            Grade.WARNING,
            Words(
                "mail is not signed, and large providers refuse bulk mail without DKIM",
                "邮件没有签名，大型邮件服务商会拒收没有 DKIM 签名的群发邮件",
            ),
            Words(
                "Publish the records of `newsletter dkim keygen`, then set NEWSLETTER_DKIM_SELECTOR.",
                "请先发布 `newsletter dkim keygen` 给出的记录，再设置 NEWSLETTER_DKIM_SELECTOR。",
            ),
        )


def _bounces(settings: Settings) -> Iterator[Finding]:
    if not settings.bounce_domain or has_reports(settings):
        return
    yield found(
        "bounces",
        Grade.WARNING,
        Words(
            f"reports come back to {settings.bounce_domain}, and nobody reads them: dead addresses go on getting mail",
            f"退信发往 {settings.bounce_domain}，却无人读取：失效的地址会继续收到邮件",
        ),
        Words(
            "Set NEWSLETTER_BOUNCE_IMAP_URL, NEWSLETTER_BOUNCE_MAILDIR, NEWSLETTER_BOUNCE_LISTEN or "
            "NEWSLETTER_BOUNCE_WEBHOOK_SECRET.",
            "请设置 NEWSLETTER_BOUNCE_IMAP_URL、NEWSLETTER_BOUNCE_MAILDIR、NEWSLETTER_BOUNCE_LISTEN 或 "
            "NEWSLETTER_BOUNCE_WEBHOOK_SECRET。",
        ),
    )


def _arxiv(settings: Settings) -> Iterator[Finding]:
    http = polite_session(
        folder=settings.home,
        interval_seconds=settings.arxiv_interval_seconds,
        timeout_seconds=settings.arxiv_timeout_seconds,
        contact=settings.contact or parseaddr(settings.mail_from)[1],
    )
    for category in settings.categories:
        announcement = fetch_listing(http, settings.arxiv_url, category)
        number, on = len(announcement.announced), announcement.listed_on
        listed = Words(f"{category}: {number} papers listed for {on}", f"{category}：{on} 列出 {number} 篇论文")
        yield found("arXiv", Grade.OK, listed)


def _translator(settings: Settings) -> Iterator[Finding]:
    engines = open_translators(settings)
    if not engines:
        kinds = ", ".join(kind for kind in Translator if kind != Translator.NONE)
        yield found(
            "translator",
            Grade.WARNING,
            Words("none: digests show the original only", "未设置：邮件只显示原文"),
            Words(
                f"Set NEWSLETTER_TRANSLATOR to one of {kinds}.", f"请将 NEWSLETTER_TRANSLATOR 设为其中之一：{kinds}。"
            ),
        )
    for engine in engines:
        yield from look("translator", partial(_engine, engine, settings.language), hint=_HINTS["translator"])


def _engine(engine: Engine, language: str) -> Iterator[Finding]:
    engine.translate(["Reinforcement learning."], source=SOURCE, target=language)
    answers, usage = Words(f"{engine.name} answers", f"{engine.name} 正常应答"), engine.usage()
    if usage:
        answers += Words(
            f"; {usage.used:,} of {usage.allowed:,} characters of its quota are used",
            f"；已用额度 {usage.used:,} / {usage.allowed:,} 字符",
        )
    yield found("translator", Grade.OK, answers)
