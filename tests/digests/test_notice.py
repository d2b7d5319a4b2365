"""The mail of a day without a list: one line that says why, and when the next one is due."""

from datetime import UTC, date, datetime

import pytest

from newsletter.digests.notice import Notice, say_why
from newsletter.digests.render import Renderer
from newsletter.subscribers.subscriber import USUAL, Languages
from tests.digests.factories import LINKS
from tests.digests.reading import check_wellformed, words

AFTER_INDEPENDENCE_DAY = date(2026, 7, 6)
QUIET_FRIDAY = date(2026, 3, 20)


def notice(
    listed_on: date = AFTER_INDEPENDENCE_DAY,
    *,
    timezone: str = "Asia/Shanghai",
    languages: Languages = USUAL,
) -> Notice:
    return Notice(listed_on=listed_on, timezone=timezone, languages=languages, links=LINKS)


def test_one_line_says_what_did_not_come_why_and_when_the_next_list_is_due() -> None:
    assert say_why(notice(), "en") == (
        "arXiv announced nothing dated Mon 6 Jul; it names a holiday. "
        "The next list is due on Monday at 20:00 Eastern (Tuesday 08:00 your time)."
    )
    assert say_why(notice(), "zh") == (
        "arXiv 没有发布日期为 7月6日 周一 的列表；其日历标有假日。"
        "下一份列表预计于美东时间周一 20:00 发布（您当地周二 08:00）。"
    )


def test_a_holiday_is_named_only_where_arxiv_names_one() -> None:
    assert say_why(notice(QUIET_FRIDAY), "en") == (
        "arXiv announced nothing dated Fri 20 Mar. "
        "The next list is due on Sunday at 20:00 Eastern (Monday 08:00 your time)."
    )
    assert "假日" not in say_why(notice(QUIET_FRIDAY), "zh")


def test_a_list_that_arxivs_calendar_leaves_out_is_not_promised() -> None:
    assert notice(date(2026, 7, 3)).next_at == datetime(2026, 7, 7, 0, 0, tzinfo=UTC)  # not on the holiday's Sunday
    assert notice(date(2026, 7, 2)).next_at == datetime(2026, 7, 3, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("listed_on", "timezone", "english", "chinese"),
    [
        (QUIET_FRIDAY, "America/Sao_Paulo", "(21:00 your time).", "（您当地 21:00）。"),
        (QUIET_FRIDAY, "Asia/Kolkata", "(Monday 05:30 your time).", "（您当地周一 05:30）。"),
        (QUIET_FRIDAY, "America/Toronto", "20:00 Eastern, your time.", "与您当地时间相同。"),
        (date(2026, 11, 27), "Asia/Shanghai", "(Monday 09:00 your time).", "（您当地周一 09:00）。"),
    ],
)
def test_the_readers_own_time_has_its_weekday_where_it_is_another(
    listed_on: date, timezone: str, english: str, chinese: str
) -> None:
    assert say_why(notice(listed_on, timezone=timezone), "en").endswith(english)
    assert say_why(notice(listed_on, timezone=timezone), "zh").endswith(chinese)


@pytest.mark.parametrize("languages", Languages.offered("zh"))
def test_it_is_a_sound_mail_in_every_choice_of_languages(renderer: Renderer, languages: Languages) -> None:
    message = renderer.notice(notice(languages=languages))
    root = check_wellformed(message.html)
    assert root.get("lang") == ("en" if languages.codes[0] == "en" else "zh-Hans")
    for text in (words(root), " ".join(message.text.split())):
        assert ("Monday 6 July 2026" in text) == ("en" in languages.codes)
        assert ("七月六日 星期一" in text) == ("zh" in languages.codes)
        assert ("it names a holiday. The next list" in text) == ("en" in languages.codes)
        assert ("其日历标有假日" in text) == ("zh" in languages.codes)
        assert ("days without a paper too and confirmed this address" in text) == ("en" in languages.codes)
        assert ("arXiv has neither reviewed nor endorsed" in text) == ("en" in languages.codes)
    assert {str(link) for link in root.xpath("//a/@href")} == {LINKS.manage_url, LINKS.unsubscribe_url}
    assert LINKS.manage_url in message.text
    assert LINKS.unsubscribe_url in message.text
    assert "__" not in message.subject + message.text + message.html


def test_its_subject_says_so_in_the_readers_first_language(renderer: Renderer) -> None:
    assert renderer.notice(notice()).subject == "arXiv announced nothing · Mon 6 Jul"
    assert renderer.notice(notice(languages=Languages("zh+en"))).subject == "arXiv 今日未发布 · 7月6日 周一"


def test_its_text_fits_a_terminal(renderer: Renderer) -> None:
    assert max(len(line) for line in renderer.notice(notice(languages=Languages("en"))).text.splitlines()) <= 78
