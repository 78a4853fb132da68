"""One of ours in a session that an existing SGE instance created."""
