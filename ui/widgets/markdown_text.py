"""Text of unknown origin, made safe for Streamlit, which reads most text as Markdown."""

import re

from brainseek.ui.reports.messages import printable

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$:!])")


def literal(text: str) -> str:
    """Return Markdown that shows a text as it is: no links, pictures, formulas or colours."""
    return _SPECIAL.sub(r"\\\1", printable(text))


def shortened(text: str, most: int) -> str:
    """Return a text of at most ``most`` characters, with … in the place of its middle."""
    if len(text) <= most:
        return text
    end = (most - 1) // 2
    return f"{text[: most - 1 - end]}…{text[len(text) - end :]}"
