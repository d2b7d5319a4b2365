"""An alarm is open once, until it is cleared, whoever notices what it is about and however often."""

import threading
from datetime import timedelta

from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.alarms import AlarmKind, clear_alarm, list_open_alarms, raise_alarm
from newsletter.words import Words
from tests.conftest import NOON

PAUSED = AlarmKind.CHANNEL_PAUSED


def test_an_alarm_is_new_once_and_its_first_words_stay(engine: Engine) -> None:
    with transaction(engine) as session:
        assert raise_alarm(
            session, PAUSED, "gmail.com", at=NOON, detail=Words("Gmail refuses us.", "Gmail refuses us.")
        )
        assert not raise_alarm(
            session, PAUSED, "gmail.com", at=NOON + timedelta(hours=1), detail=Words("It still does.", "It still does.")
        )
        (alarm,) = list_open_alarms(session)
    assert (alarm.kind, alarm.subject, alarm.detail.en) == (PAUSED, "gmail.com", "Gmail refuses us.")
    assert (alarm.raised_at, alarm.cleared_at) == (NOON, None)


def test_a_cleared_alarm_may_be_raised_anew(engine: Engine) -> None:
    with transaction(engine) as session:
        assert not clear_alarm(session, PAUSED, "gmail.com", at=NOON)
        raise_alarm(session, PAUSED, "gmail.com", at=NOON, detail=Words("…", "…"))
        assert clear_alarm(session, PAUSED, "gmail.com", at=NOON)
        assert not clear_alarm(session, PAUSED, "gmail.com", at=NOON)
        assert list_open_alarms(session) == []
        assert raise_alarm(session, PAUSED, "gmail.com", at=NOON, detail=Words("…", "…"))


def test_alarms_of_another_kind_or_subject_are_others(engine: Engine) -> None:
    with transaction(engine) as session:
        for kind, subject in ((PAUSED, "gmail.com"), (PAUSED, "qq.com"), (AlarmKind.POLICY_BOUNCE, "gmail.com")):
            assert raise_alarm(session, kind, subject, at=NOON, detail=Words("…", "…"))
        assert clear_alarm(session, PAUSED, "gmail.com", at=NOON)
        assert [alarm.subject for alarm in list_open_alarms(session)] == ["qq.com", "gmail.com"]
        assert [alarm.subject for alarm in list_open_alarms(session, PAUSED)] == ["qq.com"]


def test_of_many_who_notice_at_once_one_raises_the_alarm(engine: Engine) -> None:
    verdicts: list[bool] = []
    together = threading.Barrier(6)

    def notice() -> None:
        together.wait()
        with transaction(engine) as session:
            verdicts.append(raise_alarm(session, PAUSED, "gmail.com", at=NOON, detail=Words("…", "…")))

    threads = [threading.Thread(target=notice) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == [False] * 5 + [True]
    with reading(engine) as session:
        assert len(list_open_alarms(session)) == 1
