"""Pages of organisations: begin, fill in by parts, hand in, and the people."""
