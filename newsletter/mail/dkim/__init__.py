"""DKIM (RFC 6376, 8463): keys and their DNS records, signing, and verifying what we signed."""
