"""The mails of the service: gentle, short, whole in every choice of languages."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsletter.digests.render import Renderer
from newsletter.digests.service import AlarmNote, Welcome, say_alarms, say_what_comes
from newsletter.digests.slots import FilledMessage
from newsletter.subscribers.subscriber import WEEKDAYS, Languages, Preferences
from newsletter.words import Words
from tests.digests.reading import check_wellformed, words

SITE = "https://paper.example.org"
OWN_PAGE = f"{SITE}/manage/token"
WAY_OUT = f"{SITE}/unsubscribe/token"
WAY_BACK = f"{SITE}/confirm/token"
FRIDAY = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
SHANGHAI = Preferences(timezone="Asia/Shanghai")
ALARM = AlarmNote(
    title=Words("A destination refuses our mail", "收信方因策略拒收"),
    subject="gmail.com",
    detail=Words("It said <421 4.7.28> & more.", "对方答复 <421 4.7.28> 等。"),
    raised_at=FRIDAY,
    cleared_at=None,
)
SOLVED = replace(ALARM, cleared_at=datetime(2026, 3, 20, 2, 0, tzinfo=UTC))


def welcome(preferences: Preferences = SHANGHAI, *keywords: str) -> Welcome:
    return Welcome(keywords=keywords, preferences=preferences, manage_url=OWN_PAGE, unsubscribe_url=WAY_OUT, at=FRIDAY)


def write(renderer: Renderer, name: str, languages: Languages) -> FilledMessage:
    service = renderer.service
    match name:
        case "welcome":
            said = welcome(replace(SHANGHAI, languages=languages), "robots & <b>", "强化学习")
            return service.welcome(said, site_url=SITE)
        case "link":
            return service.link(languages, manage_url=OWN_PAGE, site_url=SITE)
        case "goodbye":
            return service.goodbye(languages, return_url=WAY_BACK, site_url=SITE)
        case _:
            return service.alarms(languages, [ALARM, SOLVED], site_url=SITE)


@pytest.mark.parametrize("languages", Languages.offered("zh"))
@pytest.mark.parametrize(
    ("name", "english", "chinese", "links"),
    [
        ("welcome", "Welcome to your morning paper", "欢迎阅读晨报", {OWN_PAGE, WAY_OUT, SITE}),
        ("link", "keep it to yourself", "请勿转给他人", {OWN_PAGE, SITE}),
        ("goodbye", "nothing more comes", "此后不会再给本邮箱发信", {WAY_BACK, SITE}),
        ("alarm", "A destination refuses our mail", "收信方因策略拒收", {SITE}),
    ],
)
def test_each_is_a_sound_mail_in_every_choice_of_languages(
    renderer: Renderer, name: str, english: str, chinese: str, links: set[str], languages: Languages
) -> None:
    message = write(renderer, name, languages)
    root = check_wellformed(message.html)
    assert root.get("lang") == ("en" if languages.codes[0] == "en" else "zh-Hans")
    for text in (words(root), " ".join(message.text.split())):
        assert (english in text) == ("en" in languages.codes)
        assert (chinese in text) == ("zh" in languages.codes)
    assert {str(link) for link in root.xpath("//a/@href")} == links
    assert all(link in message.text for link in links)
    assert "__" not in message.subject + message.text + message.html
    assert len(message.html) < 20_000
    if languages == Languages("en"):
        assert max(len(line) for line in message.text.splitlines()) <= 78


def test_a_welcome_says_what_comes_when_and_shows_the_keywords(renderer: Renderer) -> None:
    message = renderer.service.welcome(welcome(SHANGHAI, "robots & <b>"), site_url=SITE)
    assert "robots &amp; &lt;b&gt;" in message.html
    assert "Keywords 关键词: robots & <b>\n\n" in message.text
    assert message.subject == "Welcome to your morning paper · 欢迎阅读晨报"
    assert "Keywords 关键词: " not in renderer.service.welcome(welcome(), site_url=SITE).text


@pytest.mark.parametrize(
    ("preferences", "english", "chinese"),
    [
        (
            SHANGHAI,
            (
                "Each day that arXiv announces, one mail brings the new arXiv papers on your keywords, as soon as the list is "
                "out: from 20:00 Eastern, 08:00 your time (Shanghai). When there is none for you, nothing comes."
            ),
            (
                "arXiv 每次更新后一封信，带来与您的关键词相关的 arXiv 新论文，列表一发布即送：美东时间 20:00 起，您当地 08:00"
                "（Shanghai）。没有相关论文的日子不会打扰您。"
            ),
        ),
        (
            Preferences(timezone="America/New_York", hour=7, weekdays=("mon", "wed", "fri"), wants_empty_mail=True),
            (
                "On Mon, Wed and Fri one mail brings the new arXiv papers on your keywords, at 07:00 your time (New York). "
                "When there is none for you, a short mail says so."
            ),
            (
                "每周一、三、五一封信，带来与您的关键词相关的 arXiv 新论文，于您当地时间 07:00（New York）送到。"
                "没有相关论文的日子来信告知。"
            ),
        ),
    ],
)
def test_what_comes_is_said_in_the_readers_own_time(preferences: Preferences, english: str, chinese: str) -> None:
    assert say_what_comes(welcome(preferences), "en") == english
    assert say_what_comes(welcome(preferences), "zh") == chinese


def test_one_day_a_week_reads_as_one() -> None:
    assert say_what_comes(welcome(Preferences(weekdays=WEEKDAYS[:1])), "en").startswith("On Mon one mail")


def test_weekly_mail_is_promised_once_a_week() -> None:
    weekly = welcome(Preferences(weekly_on="fri"))
    assert say_what_comes(weekly, "en").startswith("Once a week, with Friday's list, one mail brings")
    assert say_what_comes(weekly, "zh").startswith("每周五列表发布后一封信，带来")
    assert "若一周没有相关论文，则不会打扰您" in say_what_comes(weekly, "zh")


def test_an_alarms_subject_names_it_or_says_how_many(renderer: Renderer) -> None:
    assert say_alarms([ALARM], "en") == "A destination refuses our mail"
    assert say_alarms([SOLVED], "en") == "Solved: A destination refuses our mail"
    assert say_alarms([ALARM, SOLVED], "en") == "2 alarms, 1 of them solved"
    assert say_alarms([ALARM, ALARM], "zh") == "2 条警报"
    assert say_alarms([SOLVED], "zh") == "已解决：收信方因策略拒收"
    found = renderer.service.alarms(Languages("en"), [SOLVED], site_url=SITE)
    assert found.subject == "Chenbao: Solved: A destination refuses our mail"
    assert "All is well again" in found.text
    assert "It said &lt;421 4.7.28&gt; &amp; more." in found.html
