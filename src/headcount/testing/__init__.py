"""Tools for testing games and links: public, and used by the tests of this package."""

from headcount.links.memory import MemoryBroker

__all__ = ["MemoryBroker"]
