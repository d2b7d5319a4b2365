"""Sending a day again: who gets it once more and why, the resend that asks for it, and how far it is."""
