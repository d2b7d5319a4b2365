"""Who reads: addresses, consent, preferences, tokens, suppression."""
