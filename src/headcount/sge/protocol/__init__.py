"""The protocol of existing SGE instances: what they say, in which words, on which topics."""
