"""What was announced: papers, announcements, and the sources they come from."""
