"""When things happen: the Celery app, its beat schedule and its thin tasks. Nothing is decided here."""
