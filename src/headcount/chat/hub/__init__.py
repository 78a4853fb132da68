"""The chat's hub, sans-IO: who is connected, as whom, and who is told what.

`effects = hub.handle(input, now)`, `hub.next_deadline()`. A number is always the length of the
set of live connections; nothing here counts up or down.
"""
