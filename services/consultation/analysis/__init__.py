"""Analysis: every answer read by somebody named, cut into points, each point recommended and decided."""
