"""The protocol as pure state machines: no sockets, clock, randomness or logging.

Every machine is driven the same way::

    effects = machine.handle(input, now, utc)  # seconds on the caller's monotonic clock
    deadline = machine.next_deadline()  # when it wants a Tick, or None
"""
