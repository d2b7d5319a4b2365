"""Every error the product raises on purpose.

::

    NewsletterError
    ├── InputError                  somebody typed something wrong; the message says what to do
    │   ├── SettingsError           a setting is missing, malformed or unsafe
    │   ├── AddressError            not an e-mail address
    │   └── QuerySyntaxError        a keyword that cannot be read (position, suggestion)
    ├── NotFoundError               no such subscriber, edition, paper, digest
    ├── ConflictError               the thing is already there, or changed under our hands
    └── OutsideError                the world outside failed; `retryable` says whether to try again
        ├── SourceError             arXiv or Hugging Face
        │   └── NoConnectionError   no connection came about: nothing was asked of anybody
        ├── TranslationError        a translation service
        │   ├── TranslationRefusedError   it will not work for us until somebody acts: key, quota, address
        │   └── BadTranslationError       its answer is not the translation that was asked for
        ├── TransportError          an SMTP peer
        ├── MailboxError            the mailbox that reports about our mails come to
        ├── NameServerError         the DNS gives no answer
        ├── BrokerError             Redis or Valkey
        └── ProcessError            a process that `newsletter up` looks after

Adapters translate library exceptions into these and chain the cause. The only catch-alls are the task, request and
command boundaries.
"""

from enum import StrEnum

from newsletter.words import Words


class NewsletterError(Exception):
    """Base of every error raised on purpose; its text is written for a person."""


class InputError(NewsletterError, ValueError):
    """The input is wrong; nothing was changed."""


class SettingsError(InputError):
    """A setting is missing, malformed or unsafe."""


class AddressError(InputError):
    """The text is not an e-mail address that mail can be sent to."""


class QuerySyntaxError(InputError):
    """A keyword cannot be read; `words` say why in each language of the interface, the error itself in English.

    `position` is the 0-based character at which reading failed; `suggestion` is a mended query that does parse, or None.
    """

    def __init__(self, words: Words, *, text: str, position: int, suggestion: str | None = None) -> None:
        super().__init__(words.en)
        self.words = words
        self.text = text
        self.position = position
        self.suggestion = suggestion


class TermError(InputError):
    """A term for the glossary cannot be taken; `words` say why, `field` is what is wrong: term, forms or forbidden."""

    def __init__(self, field: str, words: Words) -> None:
        super().__init__(words.en)
        self.field = field
        self.words = words


class NotFoundError(NewsletterError, LookupError):
    """The thing that was asked for does not exist."""


class ConflictError(NewsletterError):
    """The thing exists already, or was changed by somebody else meanwhile."""


class OutsideError(NewsletterError):
    """Something outside failed.

    `retryable`: the same call may succeed later. `retry_after_seconds`: the peer said when, else None.
    """

    def __init__(self, message: str, *, retryable: bool, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds


class Fault(StrEnum):
    """What can be wrong with a source of papers, in the words of the ledger."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed out"
    DROPPED = "connection dropped"
    TRUNCATED = "cut off"
    RATE_LIMITED = "rate limited"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    UNUSABLE = "unusable answer"
    OLD_LIST = "old list"
    REPEATED = "old list under a new date"
    INCOMPLETE = "incomplete"


class SourceError(OutsideError):
    """A source of papers failed or answered with something that is not the expected document; `fault` says how."""

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        retry_after_seconds: float | None = None,
        fault: Fault = Fault.UNUSABLE,
    ) -> None:
        super().__init__(message, retryable=retryable, retry_after_seconds=retry_after_seconds)
        self.fault = fault


class NoConnectionError(SourceError):
    """No connection to a source came about (no network, no such host, refused), so that it was not asked anything.

    `reason` says why in a few words.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message, retryable=True, fault=Fault.UNREACHABLE)
        self.reason = reason


class TranslationError(OutsideError):
    """A translation service failed or answered with something that is not a translation."""


class TranslationRefusedError(TranslationError):
    """A translation service will not work for us until somebody acts: a wrong key, address or model, a used-up quota."""


class BadTranslationError(TranslationError):
    """A translation service answered, but not with the translation of the texts that were asked for.

    `tokens_in` and `tokens_out` are what the answer cost where tokens are paid.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        retry_after_seconds: float | None = None,
        tokens_in: int = 0,
        tokens_out: int = 0,
    ) -> None:
        super().__init__(message, retryable=retryable, retry_after_seconds=retry_after_seconds)
        self.tokens_in = tokens_in
        self.tokens_out = tokens_out


class TransportError(OutsideError):
    """The SMTP peer could not be reached, refused us, or broke off."""


class NameServerError(OutsideError):
    """No name server answers; "there is no such record" is an answer, and no error."""


class MailboxError(OutsideError):
    """The mailbox that reports come to cannot be reached, or not be used."""


class BrokerError(OutsideError):
    """The broker that wakes the workers cannot be reached."""


class ProcessError(OutsideError):
    """A process that the supervisor looks after does not get ready, or keeps ending."""
