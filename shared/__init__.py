"""What the services share: contracts, messaging, the unit of work, the web frame.

Imports no service.
"""
