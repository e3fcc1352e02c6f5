"""Text of unknown origin, made safe for a terminal."""


def printable(text: str) -> str:
    """Return a text with every character that steers a terminal replaced by ``�``."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
