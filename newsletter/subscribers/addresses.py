"""E-mail addresses: what mail can be sent to, and when two spellings are the same mailbox for us."""

import email_validator
from email_validator import EmailNotValidError, validate_email

from newsletter.errors import AddressError

# The library refuses every name that the global DNS lacks, but a house's own relay may well serve .local or localhost;
# its documentation says to change this list.
email_validator.SPECIAL_USE_DOMAIN_NAMES[:] = ["arpa", "invalid"]


def parse_address(text: str) -> str:
    """Return the address in the form that mail is sent to (domain in lower case, Unicode normalised).

    Raises AddressError, saying what is wrong. No DNS is asked. Source: RFC 5321 section 4.1.2, RFC 6531.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError as error:
        raise AddressError(f"{text.strip()!r} is not an e-mail address: {error}") from error
    if "." not in found.ascii_domain and found.ascii_domain != "localhost":
        raise AddressError(
            f"{text.strip()!r} is not an e-mail address: the part after the @ lacks its ending, such as .org."
        )
    return found.normalized


def address_key(address: str) -> str:
    """Return the comparable form of an address: two addresses with one key are one reader.

    Letter case is folded in the local part too: no relay in use tells `Ann@` from `ann@`, but people type both.
    """
    return address.casefold()
