"""Analysis: answers read by somebody named, cut into points, each recommended and decided."""
