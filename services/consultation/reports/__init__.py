"""Reports: the revised text, the points that it answers, the report, its approval by another."""
