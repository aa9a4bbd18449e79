"""Copies of what registry tells: people, memberships, organisations, keys, ended sessions."""
