"""What an answer of the relay means, for readers' addresses, for the channel and for the operator."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.deliveries.refusals import ABOUT_THE_ADDRESS, ABOUT_US, Cause, explain, find_cause, is_greylisting
from newsletter.mail.smtp import Outcome, Phase, SmtpReply
from tests.deliveries.world import reply


@pytest.mark.parametrize(
    ("code", "enhanced_code", "text", "cause"),
    [
        (550, "5.1.1", "5.1.1 The email account that you tried to reach does not exist", Cause.NO_MAILBOX),
        (550, "5.1.10", "5.1.10 RESOLVER.ADR.RecipientNotFound", Cause.NO_DOMAIN),
        (556, "5.1.10", "5.1.10 Recipient address has null MX", Cause.NO_DOMAIN),
        (550, "5.1.2", "5.1.2 Host unknown", Cause.NO_DOMAIN),
        (550, None, "No such user here", Cause.NO_MAILBOX),
        (550, None, "Requested action not taken: mailbox unavailable", Cause.NO_MAILBOX),
        (550, None, "Recipient rejected: User unknown in relay recipient table", Cause.NO_MAILBOX),
        (554, None, "Relay access denied", Cause.POLICY),
        (550, "5.1.8", "5.1.8 Sender address rejected: Domain not found", Cause.POLICY),
        (550, "5.7.26", "5.7.26 This mail has been blocked because the sender is unauthenticated", Cause.POLICY),
        (550, "5.7.515", "5.7.515 Access denied, sending domain does not meet the required level", Cause.POLICY),
        (550, None, "Mail content denied by policy", Cause.POLICY),
        (421, "4.7.28", "4.7.28 Our system has detected an unusual rate of mail", Cause.THROTTLED),
        (421, "4.7.0", "4.7.0 [TSS04] Messages temporarily deferred", Cause.THROTTLED),
        (450, None, "too many messages in a short time", Cause.THROTTLED),
        (452, "4.2.2", "4.2.2 The email account is over quota", Cause.FULL),
        (552, "5.2.2", "5.2.2 mailbox full", Cause.FULL),
        (552, None, "Quota exceeded", Cause.FULL),
        (552, "5.3.4", "5.3.4 Message too big", Cause.TOO_LARGE),
        (550, "5.2.1", "5.2.1 This account has been disabled", Cause.CLOSED),
        (550, "5.2.1", "5.2.1 mailbox over quota", Cause.FULL),
        (450, "4.7.1", "4.7.1 please wait", Cause.GREYLISTED),
        (451, "4.3.2", "4.3.2 Please try later", Cause.BUSY),
        (421, None, "Service closing", Cause.BUSY),
        (501, None, "5.5.2? what", Cause.SYNTAX),
        (554, "5.6.0", "5.6.0 no", Cause.OTHER),
    ],
)  # fmt: skip
def test_an_answer_has_its_cause(code: int, enhanced_code: str | None, text: str, cause: Cause) -> None:
    outcome = Outcome.FAILED if code >= 500 else Outcome.DEFERRED
    assert find_cause(reply(outcome, code=code, enhanced_code=enhanced_code, text=text)) is cause


def test_trouble_without_an_answer_has_a_cause_too() -> None:
    assert find_cause(reply(Outcome.ACCEPTED, code=250)) is None
    assert find_cause(reply(Outcome.UNKNOWN)) is Cause.NO_ANSWER
    assert find_cause(reply(Outcome.DEFERRED, text="the connection was lost")) is Cause.BROKEN_OFF
    assert find_cause(reply(Outcome.FAILED, phase=Phase.BUILD)) is Cause.UNBUILT
    assert find_cause(reply(Outcome.FAILED, text="the relay takes no addresses beyond ASCII")) is Cause.SYNTAX


@given(st.sampled_from(["4.7.0", "5.7.1", "5.7.26", "5.7.509", "5.7.999", "4.7.28"]), st.text(max_size=80))
def test_what_is_about_us_is_never_held_against_an_address(enhanced_code: str, words: str) -> None:
    code = 550 if enhanced_code.startswith("5") else 421
    outcome = Outcome.FAILED if code == 550 else Outcome.DEFERRED
    cause = find_cause(reply(outcome, code=code, enhanced_code=enhanced_code, text=f"{enhanced_code} {words}"))
    assert cause in ABOUT_US
    assert cause not in ABOUT_THE_ADDRESS


@given(
    st.integers(400, 599),
    st.none() | st.from_regex(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True),
    st.text(max_size=120),
    st.sampled_from([Outcome.DEFERRED, Outcome.FAILED, Outcome.UNKNOWN]),
    st.sampled_from(Phase),
)
def test_every_refusal_can_be_explained_in_both_languages(
    code: int, enhanced_code: str | None, text: str, outcome: Outcome, phase: Phase
) -> None:
    told = explain(reply(outcome, phase=phase, code=code, enhanced_code=enhanced_code, text=text))
    assert told is not None
    assert all([told.sentence, told.sentence_zh, told.hint, told.hint_zh])


def test_an_accepted_message_needs_no_explaining() -> None:
    assert explain(reply(Outcome.ACCEPTED, code=250)) is None


@pytest.mark.parametrize(
    ("code", "enhanced_code", "text", "is_grey"),
    [
        (450, "4.7.1", "4.7.1 please wait", True),
        (451, "4.7.1", "4.7.1 please wait", True),
        (450, None, "Greylisted, come back", True),
        (451, "4.3.0", "4.3.0 Grey-listing in action", True),
        (450, "4.2.0", "4.2.0 try again in 300 seconds", True),
        (450, "4.2.0", "4.2.0 mailbox locked", False),
        (452, "4.7.1", "4.7.1 greylisted", False),
        (550, "5.7.1", "5.7.1 greylisted", False),
    ],
)
def test_greylisting_is_known_by_its_code_or_its_words(
    code: int, enhanced_code: str | None, text: str, *, is_grey: bool
) -> None:
    assert is_greylisting(reply(Outcome.DEFERRED, code=code, enhanced_code=enhanced_code, text=text)) is is_grey


def test_the_peers_words_are_searched_in_linear_time() -> None:
    answer = SmtpReply(
        outcome=Outcome.FAILED,
        phase=Phase.RCPT,
        code=550,
        enhanced_code=None,
        text="user " * 100_000,
        server="relay:25",
        duration_seconds=0.1,
    )
    assert find_cause(answer) is Cause.NO_MAILBOX
