"""The code blocks of a page, and what a comment right before one says of it.

``<!-- not run: REASON -->``: no test can run it.
``<!-- needs: DATA-SET -->``: runs where these data sets (parted by commas) are on the machine.
``<!-- file: PATH -->``: not code, but the file of that name, which later blocks use.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(
    r"^(?:<!-- (?P<word>[a-z ]+): (?P<told>[^\n]+) -->\n)?```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A code block: its kind (``python``, ``console``, …), text, place and comment."""

    kind: str
    text: str
    where: str
    word: str | None
    told: str


def blocks(page: Path) -> list[Block]:
    """Return the code blocks of a page in their order."""
    text = page.read_text("utf-8")
    return [
        Block(
            kind=found["kind"],
            text=found["text"],
            where=f"{page.name}:{text.count(chr(10), 0, found.start('text')) + 1}",
            word=found["word"],
            told=found["told"] or "",
        )
        for found in _BLOCK.finditer(text)
    ]
