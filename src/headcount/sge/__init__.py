"""Sessions together with existing SGE instances."""
