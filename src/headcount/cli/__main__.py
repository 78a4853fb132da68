"""Lets `python -m headcount.cli` do what `headcount` does."""

from headcount.cli import main

if __name__ == "__main__":
    main()
