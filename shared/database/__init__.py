"""Tables and sessions: one database a service, the same models on SQLite and PostgreSQL."""
