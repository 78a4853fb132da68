"""The tests; they mirror the source one to one."""
