"""Answers go to files or to the terminal."""

import io
from pathlib import Path
from typing import Any

import click
from PIL import Image

from brainseek.catalog.core.whole_file import write_whole
from brainseek.ui.reports.answers import to_json


def write_json(content: Any, file: str | None, what: str) -> bool:
    """Write an answer as JSON where that was asked for; tell whether it went to the terminal.

    Parameters
    ----------
    content : dict or list
    file : str or None
        ``-`` is the terminal.
    what : str
        How the line that names the file calls it.
    """
    if file == "-":
        click.echo(to_json(content), nl=False)
        return True
    if file is not None:
        write_file(Path(file), to_json(content).encode(), what)
    return False


def write_file(path: Path, content: bytes, what: str) -> None:
    """Write a file whole, and say where."""
    write_whole(path, content)
    click.echo(f"{what}: {path}", err=True)


def png_file(picture: Image.Image) -> bytes:
    """Return a picture as a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()
