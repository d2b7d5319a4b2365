"""The mails of the service, filled into their templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import escape

from newsletter.digests.dates import minute
from newsletter.digests.plaintext import fold
from newsletter.digests.prose import clean, cut
from newsletter.digests.rows import KEYWORD_LENGTH, safe
from newsletter.digests.service import AlarmNote, Welcome, head_alarms, say_alarms, say_what_comes
from newsletter.digests.slots import FilledMessage, MessageTemplate, Slots
from newsletter.digests.speech import say_words
from newsletter.subscribers.subscriber import Languages
from newsletter.words import WRITTEN

_KEYWORDS_LISTED = 20
_ALARMS_LISTED = 50
_DETAIL_LENGTH = 600
_DETAILS = tuple(f"detail_{code}" for code in WRITTEN)

Templates = Mapping[Languages, MessageTemplate]


def list_keywords(keywords: Sequence[str]) -> str:
    """Return a reader's keywords on one line, as they typed them; beyond twenty how many more there are."""
    shown = [cut(clean(keyword), KEYWORD_LENGTH) for keyword in keywords[:_KEYWORDS_LISTED]]
    return " · ".join(shown) + (f" + {len(keywords) - len(shown)}" if len(keywords) > len(shown) else "")


def fill_wished(template: MessageTemplate, keywords: Sequence[str]) -> tuple[str, str]:
    """Return the line of keywords in HTML and in text; nothing where there are none."""
    listed = list_keywords(keywords)
    if not listed:
        return "", ""
    html = template.html_fragments["keywords"].fill({"keywords": safe(listed, len(listed))})
    return html, template.text_fragments["keywords"].fill({"keywords": fold(listed)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRenderer:
    """Fills the letters that are no digest; safe to share between threads."""

    templates: Mapping[str, Templates]

    def welcome(self, welcome: Welcome, *, site_url: str) -> FilledMessage:
        """Return the mail that follows a confirmation: what comes when, the keywords, and where to change them."""
        template = self.templates["welcome"][welcome.preferences.languages]
        urls = {"manage_url": welcome.manage_url, "unsubscribe_url": welcome.unsubscribe_url, "site_url": site_url}
        lines = {f"when_{code}": say_what_comes(welcome, code) for code in welcome.preferences.languages.codes}
        wished, wished_text = fill_wished(template, welcome.keywords)
        return _fill(
            template,
            html=_escaped(urls | lines) | {"wished": wished},
            text=urls | {name: fold(line) for name, line in lines.items()} | {"wished": wished_text},
        )

    def link(self, languages: Languages, *, manage_url: str, site_url: str) -> FilledMessage:
        """Return the mail with a fresh link to a reader's own page."""
        urls = {"manage_url": manage_url, "site_url": site_url}
        return _fill(self.templates["link"][languages], html=_escaped(urls), text=urls)

    def goodbye(self, languages: Languages, *, return_url: str, site_url: str) -> FilledMessage:
        """Return the last mail to a reader who has left, with the one press that brings them back."""
        urls = {"return_url": return_url, "site_url": site_url}
        return _fill(self.templates["goodbye"][languages], html=_escaped(urls), text=urls)

    def alarms(self, languages: Languages, notes: Sequence[AlarmNote], *, site_url: str) -> FilledMessage:
        """Return the mail that tells an operator of one alarm, or of many: at most fifty are shown."""
        template = self.templates["alarm"][languages]
        shown = notes[:_ALARMS_LISTED]
        common = {f"heading_{code}": head_alarms(notes, code) for code in languages.codes} | {"site_url": site_url}
        said = [(note, _alarm_values(note, languages)) for note in shown]
        html = [_alarm(template.html_fragments, note, _escaped(values)) for note, values in said]
        text = [
            _alarm(template.text_fragments, note, values | {name: fold(values[name]) for name in _DETAILS})
            for note, values in said
        ]
        return _fill(
            template,
            subject={"heading": say_alarms(notes, languages.codes[0])},
            html=_escaped(common) | {"alarms": "\n".join(html)},
            text=common | {"alarms": "\n\n".join(text)},
        )


def _fill(
    template: MessageTemplate,
    *,
    html: Mapping[str, str],
    text: Mapping[str, str],
    subject: Mapping[str, str] | None = None,
) -> FilledMessage:
    title = clean(template.subject.fill(subject or {}))
    return FilledMessage(
        subject=title,
        html=template.html.fill({**html, "title": str(escape(title))}),
        text=template.text.fill(text),
    )


def _escaped(values: Mapping[str, str]) -> dict[str, str]:
    return {name: str(escape(value)) for name, value in values.items()}


def _alarm(fragments: Mapping[str, Slots], note: AlarmNote, values: Mapping[str, str]) -> str:
    return fragments["open" if note.cleared_at is None else "solved"].fill(values)


def _alarm_values(note: AlarmNote, languages: Languages) -> dict[str, str]:
    return {
        **{f"title_{code}": say_words(code, note.title) for code in languages.codes},
        "subject": clean(note.subject),
        **{f"detail_{code}": cut(clean(note.detail.get(code)), _DETAIL_LENGTH) for code in WRITTEN},
        "raised_at": f"{minute(note.raised_at)} UTC",
        "cleared_at": f"{minute(note.cleared_at)} UTC" if note.cleared_at else "",
    }
