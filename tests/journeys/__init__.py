"""Whole journeys through the portal, over HTTP, as different people."""
