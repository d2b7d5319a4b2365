"""Where announcements come from, all behind one polite gate."""
