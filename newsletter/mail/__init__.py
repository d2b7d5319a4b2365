"""One message: MIME, and the way to the relay."""
