"""Further towns like the sandbox's own, for tests."""

from pathlib import Path

from madoguchi_sandbox.init import TOWN_FILE

TOWN = "990019"
SECOND_TOWN = "990027"
"""The same town under another code, where the fee comes before the review."""

THIRD_TOWN = "990035"
"""One where it costs nothing, and whose revocation lists cannot be had: a clerk must say who it is."""


def another_town(folder: Path, code: str, *changes: tuple[str, str]) -> Path:
    """The policy of the same town under another code and with `changes` (before, after), as a file in `folder`."""
    text = TOWN_FILE.read_text("utf-8")
    for before, after in ((f'code: "{TOWN}"', f'code: "{code}"'), *changes):
        assert before in text
        text = text.replace(before, after)
    file = folder / f"{code}.yaml"
    file.write_text(text, "utf-8")
    return file
