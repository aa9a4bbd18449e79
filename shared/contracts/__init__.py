"""The messages the services exchange: envelope, topics, one module per producing service, the audience.

Imports pydantic and the standard library only, so that any reader can depend on it.
"""
