"""`headcount backup`: a copy that is a data directory."""

from __future__ import annotations

from pathlib import Path

from tests.cli.instance import events, headcount


def test_a_copy_has_the_accounts(tmp_path: Path) -> None:
    """It is used by putting it in the place of the other one."""
    data, copy = str(tmp_path / "data"), str(tmp_path / "copies" / "today")
    assert headcount("user", "add", "Ana", "--data", data, typed="secret12").returncode == 0
    ended = headcount("backup", copy, "--data", data)
    assert (ended.returncode, ended.stdout) == (0, f"Copied {data} to {copy}.\n")
    assert "\tAna\t" in headcount("user", "list", "--data", copy).stdout


def test_it_can_be_told_as_an_event(tmp_path: Path) -> None:
    """With `--json`, once it is whole."""
    data, copy = str(tmp_path / "data"), str(tmp_path / "copy")
    headcount("user", "add", "Ana", "--data", data, typed="secret12")
    [event] = events(headcount("backup", copy, "--data", data, "--json").stdout)
    assert (event["event"], event["data"], event["to"]) == ("backup", data, copy)


def test_bad_input_ends_with_2(tmp_path: Path) -> None:
    """Nothing to copy, nowhere to copy to."""
    data = tmp_path / "data"
    assert headcount("backup", str(tmp_path / "copy")).returncode == 2
    assert headcount("backup", str(tmp_path / "copy"), "--data", str(data)).returncode == 2
    headcount("user", "add", "Ana", "--data", str(data), typed="secret12")
    assert headcount("backup", str(data), "--data", str(data)).returncode == 2
    assert not (tmp_path / "copy").exists()
