"""Sentences for the terminal: safe to print, and each said once."""

from collections.abc import Iterable
from pathlib import Path

NAMED = 3
"""Most further files that are named."""


def printable(text: str) -> str:
    """Return a text with every character that steers a terminal replaced by ``�``."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def said_once(said: Iterable[tuple[str, str]]) -> list[str]:
    """Return lines ``file: sentence``; what concerns several files is one line.

    Parameters
    ----------
    said : iterable of (str, str)
        Path of a file and what is said of it. Sentences that differ in nothing but that path or
        its name are the same.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for file, sentence in said:
        alike = sentence.replace(file, "").replace(Path(file).name, "")
        groups.setdefault(alike, []).append((file, sentence))
    lines = []
    for (file, sentence), *others in groups.values():
        names = ", ".join(Path(other).name for other, _ in others[:NAMED])
        more = ", …" if len(others) > NAMED else ""
        count = "1 more file" if len(others) == 1 else f"{len(others)} more files"
        beside = f" (the same holds for {count}: {names}{more})" if others else ""
        lines.append(f"{file}: {sentence}{beside}")
    return lines
