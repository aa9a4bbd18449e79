"""What only a browser shows: layout, barriers, weight, and that all works without script."""
