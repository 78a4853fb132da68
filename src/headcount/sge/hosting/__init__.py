"""Existing SGE instances in a session of ours: seen, seated, cast, and told of everything."""
