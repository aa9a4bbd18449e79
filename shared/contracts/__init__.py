"""The messages the services exchange.

Envelope, topics, the audience, one module per producing service. Imports pydantic and the
standard library only, so that any reader can depend on it.
"""
