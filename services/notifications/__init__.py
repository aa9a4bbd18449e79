"""Who is told: preferences, messages, deliveries. It keeps copies of what it must know to tell."""
