"""The chat's server: the hub on real sockets, with its HTTP endpoints, the store and the broker."""
