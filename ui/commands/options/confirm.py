"""A question on the terminal."""

import click


def agrees(question: str) -> bool:
    """Ask on the terminal; no answer (end of input, Ctrl-C) is a no."""
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        return False
