"""Processes that a figure starts: many clients, or one end of a bare round trip."""
