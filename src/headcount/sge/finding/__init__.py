"""The sessions of existing SGE instances on a broker, and what dead ones have left there."""
