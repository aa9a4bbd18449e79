"""The browser and the running portal, once for all tests here."""

from tests.support.chromium import chromium
from tests.support.running import running

__all__ = ["chromium", "running"]
