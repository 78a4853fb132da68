"""Making a checkout of SGE use our classes, and taking that back."""
