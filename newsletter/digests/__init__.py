"""One reader's morning: the papers chosen for them, in order, and how they are shown."""
