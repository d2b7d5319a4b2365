"""The promise that a message arrives: its states, who may work on it, and what became of it."""
