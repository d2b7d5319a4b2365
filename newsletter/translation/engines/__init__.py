"""Translation services behind one interface."""
