"""The settings as they stand, for people: in groups, with secrets masked, and where each comes from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from newsletter.settings import Settings
from newsletter.words import Words

MASK = "******"
_PREFIX = "NEWSLETTER_"
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")  # up to the last @ before the path: a password may hold one itself
_URLS = ("database_url", "redis_url", "translator_url", "translator_2_url", "translator_3_url")

ENVIRONMENT = Words("environment", "环境变量")
FILE = Words("file", "文件")
MADE = Words("made by itself, in the home folder", "自动生成，存于数据目录")
DEFAULT = Words("default", "默认值")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSetting:
    """One setting: its name outside, what it is for, its value as it may be shown, and where it comes from."""

    name: str
    words: Words
    value: str
    origin: Words
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingGroup:
    """Settings that belong together."""

    words: Words
    settings: Sequence[ShownSetting]


_GROUPS: Mapping[str, tuple[Words, Mapping[str, Words]]] = {
    "place": (
        Words("Where it lives", "运行环境"),
        {
            "base_url": Words("The address readers see", "读者访问的网址"),
            "home": Words("The folder that holds everything", "存放所有数据的目录"),
            "database_url": Words("The database", "数据库"),
            "database_connections": Words("Connections of a process to a database server", "每个进程的数据库连接数"),
            "database_lock_seconds": Words("Seconds to wait for a lock in the database", "等待数据库锁的秒数"),
            "database_statement_seconds": Words("Seconds that a statement may take", "单条语句最长执行秒数"),
            "workers": Words("Worker processes", "工作进程数"),
            "redis_url": Words("The broker; empty: a private one", "消息代理；留空则使用内置的"),
            "port": Words("The port of the site", "网站端口"),
            "secret_key": Words("What links and sessions are signed with", "签名链接与会话的密钥"),
            "trusted_proxies": Words("Proxies that are believed", "受信任的代理"),
            "clock": Words("An instant to rehearse from", "演练用的起始时刻"),
            "clock_started_at": Words("When the rehearsal began", "演练开始的时刻"),
            "log_level": Words("How much is logged", "日志级别"),
            "metrics_token": Words("Who may read /metrics from elsewhere", "从外部读取 /metrics 的凭证"),
        },
    ),
    "papers": (
        Words("Papers", "论文来源"),
        {
            "categories": Words("Archives and categories that are collected", "收集的类别"),
            "language": Words("The language that papers are translated into", "论文译成的语言"),
            "patience_hours": Words("How long an edition waits for its lists, in hours", "等待列表齐全的小时数"),
            "contact": Words("Who arXiv can write to", "供 arXiv 联系的地址"),
            "arxiv_interval_seconds": Words("Seconds between two requests to arXiv", "两次请求 arXiv 的间隔秒数"),
            "arxiv_timeout_seconds": Words("Seconds until a request is given up", "请求超时秒数"),
            "arxiv_url": Words("arXiv's site", "arXiv 网站"),
            "arxiv_api_url": Words("arXiv's API", "arXiv API"),
            "arxiv_feed_url": Words("arXiv's feeds", "arXiv 订阅源"),
            "arxiv_oai_url": Words("arXiv's OAI-PMH", "arXiv OAI-PMH"),
            "huggingface_url": Words("Hugging Face", "Hugging Face"),
        },
    ),
    "translation": (
        Words("Translation", "翻译"),
        {
            "translator": Words("The kind of service", "翻译服务"),
            "translator_url": Words("Its address; empty: the service's own", "服务地址；留空则用官方地址"),
            "translator_key": Words("Its key", "服务密钥"),
            "translator_model": Words("Its model, or the folder of a local one", "所用模型，或本机模型的目录"),
            "translator_price": Words("What a million characters or tokens cost", "每百万字符或词元的价格"),
            "translator_daily_characters": Words("Characters a day at most; 0: no limit", "每日字符上限；0 表示不限"),
            "translator_daily_tokens": Words("Tokens a day at most; 0: no limit", "每日词元上限；0 表示不限"),
            "translator_2": Words(
                "The second service, for what is not done before", "第二翻译服务，接手此前未完成的文本"
            ),
            "translator_2_url": Words("Its address", "其地址"),
            "translator_2_key": Words("Its key", "其密钥"),
            "translator_2_model": Words("Its model or folder", "其模型或目录"),
            "translator_2_price": Words("Its price a million", "其每百万价格"),
            "translator_2_daily_characters": Words("Its characters a day", "其每日字符上限"),
            "translator_2_daily_tokens": Words("Its tokens a day", "其每日词元上限"),
            "translator_3": Words(
                "The third service, for what is not done before", "第三翻译服务，接手此前未完成的文本"
            ),
            "translator_3_url": Words("Its address", "其地址"),
            "translator_3_key": Words("Its key", "其密钥"),
            "translator_3_model": Words("Its model or folder", "其模型或目录"),
            "translator_3_price": Words("Its price a million", "其每百万价格"),
            "translator_3_daily_characters": Words("Its characters a day", "其每日字符上限"),
            "translator_3_daily_tokens": Words("Its tokens a day", "其每日词元上限"),
        },
    ),
    "mail": (
        Words("Mail", "邮件"),
        {
            "mail_from": Words("The sender", "发件人"),
            "smtp_url": Words("The ways out; empty: the inbox on this machine", "发信通道；留空则存入本机收件箱"),
            "inbox_port": Words("The port of the inbox on this machine", "本机收件箱端口"),
            "mx_lookup": Words("Whether domains share the pace of their provider", "是否按邮件服务商合并限速"),
            "dkim_selector": Words("The name of the DKIM keys", "DKIM 选择器"),
            "dkim_domain": Words("Whose signature it is", "DKIM 签名域名"),
            "dkim_key": Words("The RSA key", "RSA 密钥"),
            "dkim_ed25519_key": Words("The Ed25519 key", "Ed25519 密钥"),
            "check_imap_url": Words("The mailbox that a trial mail is looked for in", "检查试发邮件的邮箱"),
            "dns_server": Words("The name server; empty: this machine's own", "域名服务器；留空则用本机设置"),
            "uncertain": Words("What becomes of mail that may have arrived", "结果不明的邮件如何处理"),
            "dispatch_tasks": Words("Dispatch runs at a time", "同时进行的发信任务数"),
            "smtp_connections": Words("Connections of a run to an account", "每个任务的发信连接数"),
            "dispatch_batch": Words("Mails in one batch", "每批邮件数"),
            "lease_seconds": Words("Seconds until a silent worker counts as dead", "工作进程无响应视为中断的秒数"),
        },
    ),
    "back": (
        Words("What comes back", "退信与反馈"),
        {
            "bounce_domain": Words("The domain of return paths", "退信地址的域名"),
            "bounce_imap_url": Words("The mailbox of reports", "接收退信的邮箱"),
            "bounce_maildir": Words("The folder of reports", "接收退信的目录"),
            "bounce_listen": Words("Where reports are listened for", "监听退信的地址"),
            "bounce_webhook_secret": Words("The secret of the webhook", "回调密钥"),
            "admin_email": Words("Who alarms are mailed to", "接收警报的地址"),
            "confirmations_a_day": Words("Mails that strangers may ask for in a day", "每日可被索取的邮件数"),
        },
    ),
}
_OTHER = Words("Other", "其他")


def list_settings(settings: Settings, environment: Mapping[str, str]) -> list[SettingGroup]:
    """Return every setting, in groups; one that has no group yet is with the others at the end."""
    fields = Settings.model_fields
    grouped = [
        SettingGroup(
            words=title,
            settings=[
                _show(settings, name, fields[name], words, environment)
                for name, words in described.items()
                if name in fields
            ],
        )
        for title, described in _GROUPS.values()
    ]
    known = {name for _, described in _GROUPS.values() for name in described}
    rest = [
        _show(settings, name, field, Words(name.replace("_", " "), name), environment)
        for name, field in fields.items()
        if name not in known
    ]
    return [*grouped, *([SettingGroup(words=_OTHER, settings=rest)] if rest else [])]


def _show(
    settings: Settings, name: str, field: FieldInfo, words: Words, environment: Mapping[str, str]
) -> ShownSetting:
    names = _outside_names(name, field)
    origin, written = _find_origin(name, names, environment)
    return ShownSetting(
        name=written,
        words=words,
        value=_say(name, getattr(settings, name), is_secret=not field.repr),
        origin=origin,
        is_default=origin in (DEFAULT, MADE),
    )


def _find_origin(name: str, names: Sequence[str], environment: Mapping[str, str]) -> tuple[Words, str]:
    for found in names:
        if environment.get(found):
            return ENVIRONMENT, found
    file = f"{_PREFIX}{name.upper()}_FILE"
    if environment.get(file):
        return FILE, file
    return (MADE if name == "secret_key" else DEFAULT), names[0]


def _outside_names(name: str, field: FieldInfo) -> list[str]:
    """Return the names by which a setting is set from outside."""
    if isinstance(field.validation_alias, AliasChoices):
        return [str(choice) for choice in field.validation_alias.choices if str(choice).isupper()]
    return [f"{_PREFIX}{name.upper()}"]


def _say(name: str, value: Any, *, is_secret: bool) -> str:
    """Return a value as it may be shown: of a secret only that there is one, of a URL everything but who signs in by it."""
    if is_secret:
        return MASK if value else ""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value))
        case str() if name in _URLS:
            return _CREDENTIALS.sub(f"{MASK}@", value)
        case _:
            return str(value)
