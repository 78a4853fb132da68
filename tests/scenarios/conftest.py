"""Scenarios keep ids and secrets apart from the user's, as the tests of the command line do."""

from __future__ import annotations

from tests.cli.conftest import own_surroundings as own_surroundings
