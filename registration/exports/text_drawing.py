"""Text in pictures: its font, and how it is broken into lines."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageFont


def font(size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    """Return the font of all pictures at a size in pixels."""
    from PIL import ImageFont

    return ImageFont.load_default(size)


def wrapped(text: str, size: int, width: int) -> list[str]:
    """Break a text at spaces into lines of at most ``width`` pixels; a long word stays whole."""
    drawn, lines = font(size), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if drawn.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
