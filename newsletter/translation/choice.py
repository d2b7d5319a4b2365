"""Which choices of languages there can be."""

from newsletter.errors import InputError
from newsletter.languages import SOURCE
from newsletter.subscribers.subscriber import Languages
from newsletter.translation.language import list_codes


def read_choice(text: str) -> Languages:
    """Read a reader's languages: of two, one is that of the papers. Raises InputError for one there are no data of."""
    try:
        found = Languages(text)
    except ValueError as error:
        raise InputError(str(error)) from error
    unknown = [code for code in found.codes if code not in list_codes()]
    if unknown or (len(found.codes) > 1 and SOURCE not in found.codes):
        raise InputError(f"{text!r}: there are {', '.join(list_codes())}, and of two languages one is {SOURCE}.")
    return found
