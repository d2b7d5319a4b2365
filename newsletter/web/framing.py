"""Mails shown in a frame."""


def with_outside_links(html: str) -> str:
    """Put a `base` into the head, so that a link opens in a window of its own: a frame may not leave its sandbox."""
    start = html.lower().find("<head")
    end = html.find(">", start) + 1 if start >= 0 else 0
    return f'{html[:end]}<base target="_blank">{html[end:]}'
