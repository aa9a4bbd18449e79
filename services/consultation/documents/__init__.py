"""Documents under consultation: sections, paragraphs, table rows and their parts, in versions."""
