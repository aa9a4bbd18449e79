"""Reports: the revised text with the points it answers, the report, its approval by somebody else."""
