"""The broker that comes with the package, and recipes for brokers of one's own."""
