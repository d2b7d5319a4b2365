"""One Settings, read once from the environment (and from files for secrets)."""

import ipaddress
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from newsletter.clock import Clock, parse_instant, shifted_clock, system_clock
from newsletter.errors import SettingsError
from newsletter.languages import DEFAULT
from newsletter.secret_files import keep_secret, read_secret_files
from newsletter.translator_settings import TranslatorSettings

POLITE_INTERVAL_SECONDS = 3.0  # arXiv's terms of use: one request per three seconds
_DOMAIN = re.compile(
    r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z", re.ASCII
)
_CATEGORY = re.compile(r"[a-z]+(-[a-z]+)*(\.[A-Za-z]+(-[a-z]+)*)?\Z")


class Settings(TranslatorSettings):
    """Everything that can be set from outside. Every name is `NEWSLETTER_` + the upper-case field, unless said."""

    model_config = SettingsConfigDict(env_prefix="NEWSLETTER_", frozen=True, extra="ignore", env_ignore_empty=True)

    home: Path = Path("var")
    """The folder that holds everything this installation stores."""
    database_url: str = Field("", validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    database_connections: int = Field(15, ge=1)
    """At most so many connections to a database server a process; SQLite needs no limits."""
    database_lock_seconds: float = Field(60.0, ge=0)
    database_statement_seconds: float = Field(900.0, ge=0)
    redis_url: str = Field("", validation_alias=AliasChoices("REDIS_URL", "redis_url"))
    """Empty: `newsletter up` starts a private Valkey on a unix socket."""
    port: int = Field(8000, ge=1, le=65535, validation_alias=AliasChoices("PORT", "NEWSLETTER_PORT", "port"))
    base_url: str = ""
    secret_key: str = Field("", repr=False)
    smtp_url: str = Field("", repr=False)
    """One or more accounts, parted by white space, the preferred one first; empty: the embedded inbox."""
    mx_lookup: bool = True
    """Whether the DNS is asked which provider takes a domain's mail, so that its domains share one pace."""
    inbox_port: int = Field(2525, ge=1, le=65535)
    mail_from: str = "Chenbao 晨报 <chenbao@localhost>"
    dkim_selector: str = ""
    """Under which name the DKIM keys are published; empty: mail is not signed."""
    dkim_domain: str = ""
    """Whose signature it is; empty: the domain of `mail_from`."""
    dkim_key: str = Field("", repr=False)
    dkim_ed25519_key: str = Field("", repr=False)
    check_imap_url: str = Field("", repr=False)
    """The mailbox in which `newsletter check --mail` finds its mail; empty: `bounce_imap_url`."""
    dns_server: str = ""
    """The name server that is asked, as address or address:port; empty: this machine's own."""
    bounce_domain: str = ""
    """Where reports about mails come back: the domain of signed return paths; empty: to the address of `mail_from`."""
    bounce_imap_url: str = Field("", repr=False)
    bounce_maildir: Path | None = None
    bounce_listen: str = ""
    """Where `newsletter up` listens for reports: smtp://host:port or lmtp://host:port; empty: it does not."""
    bounce_webhook_secret: str = Field("", repr=False)
    admin_email: Annotated[tuple[str, ...], NoDecode] = ()
    """The addresses that alarms are mailed to."""
    confirmations_a_day: int = Field(500, ge=0)
    """How many mails strangers may ask for on the website in 24 hours: confirmations, and links to a reader's own page."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """The addresses or networks of proxies whose X-Forwarded-For is believed; empty: nobody's."""
    contact: str = ""
    """Who arXiv can write to about our requests; empty: the address of `mail_from`."""
    categories: Annotated[tuple[str, ...], NoDecode] = ("cs",)
    language: str = Field(DEFAULT, pattern=r"^[a-z]{2,3}$")
    """The code of the language that papers are translated into; there are data of it in `translation/languages/`."""
    arxiv_url: str = "https://arxiv.org"
    arxiv_api_url: str = "https://export.arxiv.org"
    arxiv_feed_url: str = "https://rss.arxiv.org"
    arxiv_oai_url: str = "https://oaipmh.arxiv.org"
    huggingface_url: str = "https://huggingface.co"
    arxiv_interval_seconds: float = Field(POLITE_INTERVAL_SECONDS, ge=0)
    arxiv_timeout_seconds: float = Field(30.0, gt=0)
    patience_hours: float = Field(10.0, gt=0, le=24)
    """How long after its announcement an edition waits for lists that are not complete."""
    clock: str = ""
    """An instant with offset from which the program's clock runs on, to rehearse a past day."""
    clock_started_at: datetime | None = None
    """The real instant at which `clock` began; `newsletter up` sets it so that all its processes agree."""
    uncertain: str = "hold"
    """What becomes of mails that may have arrived: ``hold``, or ``retry-once-after=6h`` (see `parse_uncertain_policy`)."""
    dispatch_batch: int = Field(500, ge=1)
    smtp_connections: int = Field(20, ge=1, le=100)
    dispatch_tasks: int = Field(4, ge=1)
    workers: int = Field(1, ge=1, le=64)
    """Worker processes of `newsletter up`."""
    lease_seconds: float = Field(300.0, gt=0)
    metrics_token: str = Field("", repr=False)
    """Who sends it may read /metrics; empty: only programs on this machine may."""
    log_level: str = "INFO"

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("categories", "admin_email", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("categories", mode="after")
    @classmethod
    def _are_categories(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one archive or category, such as cs or cs.LG,cs.RO")
        for name in value:
            if not _CATEGORY.match(name):
                raise ValueError(f"{name!r} is not an arXiv archive or category; write them like cs or cs.LG,cs.RO")
        return tuple(dict.fromkeys(value))

    @field_validator("admin_email", mode="after")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address):
                raise ValueError(f"{address!r} is not an e-mail address; write name@example.org,other@example.org")
        return value

    @field_validator("trusted_proxies", mode="after")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(
                    f"{network!r} is no address or network; write them like 127.0.0.1,10.0.0.0/8"
                ) from error
        return value

    @field_validator(
        "arxiv_url",
        "arxiv_api_url",
        "arxiv_feed_url",
        "arxiv_oai_url",
        "huggingface_url",
        "translator_url",
        "translator_2_url",
        "translator_3_url",
        "base_url",
    )
    @classmethod
    def _is_origin(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError(f"{value!r} is not an http(s) URL; write one like https://example.org")
        return value.rstrip("/")

    @field_validator("bounce_webhook_secret", "metrics_token")
    @classmethod
    def _is_secret(cls, value: str) -> str:
        if value and len(value) < 16:
            raise ValueError("write at least 16 random characters: openssl rand -hex 32")
        return value

    @field_validator("bounce_domain")
    @classmethod
    def _is_domain(cls, value: str) -> str:
        if value and not _DOMAIN.match(value):
            raise ValueError(f"{value!r} is not a domain; write one like bounces.example.org")
        return value.lower()

    @field_validator("clock")
    @classmethod
    def _is_instant(cls, value: str) -> str:
        if value:
            parse_instant(value)
        return value

    @model_validator(mode="after")
    def _is_polite(self) -> "Settings":
        origins = (self.arxiv_url, self.arxiv_api_url, self.arxiv_feed_url, self.arxiv_oai_url)
        if self.arxiv_interval_seconds < POLITE_INTERVAL_SECONDS and not all(is_loopback(url) for url in origins):
            raise ValueError(
                f"NEWSLETTER_ARXIV_INTERVAL_SECONDS may be under {POLITE_INTERVAL_SECONDS:g} only when every arXiv URL is on "
                "a loopback host; arXiv's terms allow one request every 3 seconds"
            )
        return self

    @property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.home / 'newsletter.db'}"

    @property
    def public_url(self) -> str:
        """The origin readers see, without a trailing slash."""
        return self.base_url or f"http://127.0.0.1:{self.port}"

    @property
    def uses_inbox(self) -> bool:
        """Whether mail goes to the embedded inbox."""
        return not self.smtp_url

    @property
    def smtp(self) -> str:
        """The relay's URL."""
        return self.smtp_url or f"smtp://127.0.0.1:{self.inbox_port}"

    @property
    def inbox_folder(self) -> Path:
        """Where the embedded inbox keeps its messages."""
        return self.home / "inbox"

    @property
    def dkim_folder(self) -> Path:
        """Where `newsletter dkim keygen` puts the keys."""
        return self.home / "dkim"

    @property
    def now(self) -> Clock:
        """The program's clock."""
        if not self.clock:
            return system_clock
        return shifted_clock(parse_instant(self.clock), started_at=self.clock_started_at or _PROCESS_STARTED_AT)


_PROCESS_STARTED_AT = datetime.now(UTC)


def is_loopback(url: str) -> bool:
    """Tell whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; `overrides` win.

    Raises SettingsError with one line for each wrong setting.
    """
    try:
        settings = Settings(**(read_secret_files() | overrides))
    except ValidationError as error:
        lines = [_describe(problem["loc"], problem["msg"]) for problem in error.errors()]
        raise SettingsError("\n".join(lines)) from error
    return settings.model_copy(update={"secret_key": settings.secret_key or _own_secret(settings)})


def _describe(location: tuple[int | str, ...], message: str) -> str:
    field = str(location[0]) if location else ""
    name = f"NEWSLETTER_{field.upper()}: " if field.islower() else f"{field}: " if field else ""
    return name + message.removeprefix("Value error, ")


def _own_secret(settings: Settings) -> str:
    """Return the secret kept in the home folder, making it once; only an installation for this machine may do so."""
    if not is_loopback(settings.public_url):
        raise SettingsError(
            f"NEWSLETTER_SECRET_KEY is not set, but readers reach this service at {settings.public_url}. "
            "Set it (or NEWSLETTER_SECRET_KEY_FILE) to at least 32 random characters: openssl rand -hex 32."
        )
    return keep_secret(settings.home)
