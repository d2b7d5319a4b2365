"""Tokens for programs: what a script may do in the name of a reader or of an operator."""
