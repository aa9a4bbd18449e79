"""Publication: what the public may read of answers, as their authors allowed."""
