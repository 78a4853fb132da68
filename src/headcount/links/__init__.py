"""Ways to reach a broker, all of one shape."""
