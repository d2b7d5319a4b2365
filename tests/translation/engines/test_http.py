import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import BadTranslationError, TranslationError, TranslationRefusedError
from newsletter.translation.engines.http import Service, encode, parse_retry_after
from tests.translation.services import Reply, Services

SECRET = "sk-very-secret-0123456789"
SERVICE = Service(title="DeepL", url="https://reader:password@deepl.example:8443/x", key=SECRET)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "check NEWSLETTER_TRANSLATOR_KEY"),
        (403, "check NEWSLETTER_TRANSLATOR_KEY"),
        (402, "quota"),
        (456, "quota"),
        (404, "check NEWSLETTER_TRANSLATOR_URL"),
        (302, "check NEWSLETTER_TRANSLATOR_URL"),
    ],
)
def test_a_refusal_says_what_the_operator_has_to_do(status: int, advice: str) -> None:
    error = SERVICE.error_for(status, {}, "")
    assert isinstance(error, TranslationRefusedError)
    assert not error.retryable
    assert advice in str(error)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_a_busy_or_broken_service_may_be_asked_again(status: int) -> None:
    error = SERVICE.error_for(status, {"Retry-After": "7"}, "")
    assert error.retryable
    assert error.retry_after_seconds == 7
    assert not isinstance(error, BadTranslationError)


def test_a_used_up_openai_account_is_not_a_busy_service() -> None:
    error = SERVICE.error_for(429, {}, '{"error": {"code": "insufficient_quota"}}')
    assert isinstance(error, TranslationRefusedError)


@pytest.mark.parametrize(
    ("status", "text", "advice"),
    [
        (400, '{"error": {"status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}', "_KEY"),
        (403, '{"error": {"errors": [{"reason": "dailyLimitExceeded"}]}}', "quota"),
        (403, '{"error": {"message": "Daily Limit Exceeded"}}', "quota"),
        (403, '{"error": {"status": "PERMISSION_DENIED"}}', "_KEY"),
    ],
)
def test_googles_refusals_are_told_apart(status: int, text: str, advice: str) -> None:
    error = SERVICE.error_for(status, {}, text)
    assert isinstance(error, TranslationRefusedError)
    assert advice in str(error)


@pytest.mark.parametrize("text", ["userRateLimitExceeded", "rateLimitExceeded", "User Rate Limit Exceeded"])
def test_google_says_403_also_to_haste(text: str) -> None:
    error = SERVICE.error_for(403, {}, text)
    assert error.retryable


def test_advice_names_the_settings_of_the_engine_that_failed() -> None:
    service = Service(title="DeepL", url="http://127.0.0.1", setting="NEWSLETTER_TRANSLATOR_2")
    assert "check NEWSLETTER_TRANSLATOR_2_KEY" in str(service.error_for(403, {}, ""))
    assert "check NEWSLETTER_TRANSLATOR_2_URL and NEWSLETTER_TRANSLATOR_2_MODEL" in str(service.error_for(404, {}, ""))


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_rejected_request_is_not_repeated_and_quotes_the_service(status: int) -> None:
    error = SERVICE.error_for(status, {}, f"  Too  long:\nkey {SECRET} " + "x" * 1000)
    assert not error.retryable
    assert not isinstance(error, TranslationRefusedError)
    assert "Too long: key …" in str(error)
    assert len(str(error)) < 400


@given(st.integers(300, 599), st.text(), st.text())
def test_no_error_and_no_repr_shows_the_key_or_the_urls_password(status: int, before: str, after: str) -> None:
    shown = repr(SERVICE) + str(SERVICE.error_for(status, {}, before + SECRET + after))
    assert SECRET not in shown
    assert "password" not in shown
    assert "reader" not in shown


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        (None, None, None),
        ("120", None, 120.0),
        (" 3 ", None, 3.0),
        ("Fri, 20 Mar 2026 12:01:30 GMT", "Fri, 20 Mar 2026 12:00:00 GMT", 90.0),
        ("Fri, 20 Mar 2026 11:00:00 GMT", "Fri, 20 Mar 2026 12:00:00 GMT", 0.0),
        ("Fri, 20 Mar 2026 12:01:30 GMT", None, None),
        ("soon", "Fri, 20 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    value: str | None, date: str | None, seconds: float | None
) -> None:
    assert parse_retry_after(value, date) == seconds


@given(st.text(max_size=20), st.text(max_size=20))
@example("0\x1f", "")  # white space to str.strip, not to float
def test_any_retry_after_header_can_be_read(value: str, date: str) -> None:
    seconds = parse_retry_after(value, date)
    assert seconds is None or seconds >= 0


def test_half_a_surrogate_pair_does_not_stop_a_request() -> None:
    assert encode(["a\ud800b"]) == b'["a?b"]'


@pytest.mark.parametrize("pasted", ["", "/", "/v2", "/v2/"])
def test_a_url_pasted_with_the_first_part_of_the_path_works_too(services: Services, pasted: str) -> None:
    service = Service(title="DeepL", url=services.url + pasted)
    service.post("/v2/translate", {"text": ["x"]})
    assert [asked.path for asked in services.asked] == ["/v2/translate"]


def test_a_path_before_the_apis_own_is_kept(services: Services) -> None:
    service = Service(title="OpenAI", url=f"{services.url}/compatible")
    service.post("/v1/chat/completions", {"q": []})
    assert [asked.path for asked in services.asked] == ["/compatible/v1/chat/completions"]


def test_a_service_that_hangs_is_given_up_and_may_be_asked_again(services: Services) -> None:
    services.otherwise = Reply(mode="hang")
    service = Service(title="DeepL", url=services.url, key=SECRET, timeout_seconds=0.2)
    with pytest.raises(TranslationError, match="did not answer within 0") as caught:
        service.post("/v2/translate", {"text": ["x"]})
    assert caught.value.retryable


def test_a_reset_connection_may_be_asked_again(services: Services) -> None:
    services.otherwise = Reply(mode="reset")
    service = Service(title="DeepL", url=services.url, key=SECRET)
    with pytest.raises(TranslationError, match="could not be reached") as caught:
        service.post("/v2/translate", {"text": ["x"]})
    assert caught.value.retryable
    assert SECRET not in str(caught.value)


def test_nobody_listening_may_be_asked_again(services: Services) -> None:
    service = Service(title="LibreTranslate", url=services.url)
    services.close()
    with pytest.raises(TranslationError, match=r"LibreTranslate .* could not be reached") as caught:
        service.post("/translate", {"q": ["x"]})
    assert caught.value.retryable


def test_a_redirect_is_not_followed_with_the_key_in_hand(services: Services) -> None:
    services.otherwise = Reply(status=307, headers={"Location": f"{services.url}/elsewhere"})
    with pytest.raises(TranslationRefusedError):
        Service(title="DeepL", url=services.url, key=SECRET).post("/v2/translate", {"text": ["x"]})
    assert len(services.asked) == 1
