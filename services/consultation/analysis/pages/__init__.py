"""Pages of analysis: my work, the queue, one answer, points."""
