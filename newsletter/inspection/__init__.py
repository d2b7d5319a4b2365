"""Is everything in order? Each part is looked at by itself; a broken one never hides the next."""
