"""The classes of SGE's distributed games by their names, on the core of headcount.

Their names, arguments and results are those of protocol "SGE", section 4. What they do to a
session goes through its host; nothing is written over what somebody else has written.
"""
