"""Answers as the JSON contract, and as a table for people."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from brainseek.registration.plates.identification import Identification

SHOWN_NEXT = 3
"""How many further candidates the table names."""


def document(atlas: str, encoder: str, answers: Iterable[Identification]) -> dict[str, Any]:
    """Return the answers in the form that ``--json`` writes.

    Parameters
    ----------
    atlas : str
        Name of the atlas.
    encoder : str
        Identity of the encoder, ``name@hash``.
    answers : iterable of Identification
        One for each file.

    Returns
    -------
    dict
        ``{"atlas", "encoder", "sections": [{"file", "none_of_these", "candidates": [{"plate",
        "rank", "score", "confidence", "position_um"}, ...]}]}``; a file that could not be read
        has ``{"file", "error"}`` instead. Ranks count from 0, positions are in µm.
    """
    return {
        "atlas": atlas,
        "encoder": encoder,
        "sections": [answer.to_dict() for answer in answers],
    }


def to_json(content: dict[str, Any]) -> str:
    """Return the document as indented JSON text."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def millimetres(position_um: float) -> str:
    """Return a position as text in mm."""
    return f"{position_um / 1000:.2f} mm"


def percent(share: float) -> str:
    """Return a share as text in whole percent, never rounded to certainty."""
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{share:.0%}".replace("%", " %")


def turned_note(answer: Identification) -> str:
    """Return " (turned by N°)" for a section that was recognised only after turning it."""
    return f" (turned by {answer.turned_deg}°)" if answer.turned_deg else ""


def answer_table(
    answers: Sequence[Identification], extra: Mapping[str, Sequence[str]] | None = None
) -> Table:
    """Return a table for people: one line for each section that could be read.

    Parameters
    ----------
    answers : sequence of Identification
        What to show; those with an error are left out.
    extra : mapping of str to sequence of str, optional
        Further columns, by title, with one text for each answer.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("section", overflow="fold", min_width=14)
    for title in ("best\nplate", "position\n(mm)", "confidence\n", "none of\nthese"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("next\nplates", no_wrap=True)
    for title in extra or {}:
        table.add_column(title, justify="right", no_wrap=True)
    for number, answer in enumerate(answers):
        if answer.error is not None:
            continue
        best, *others = answer.candidates
        table.add_row(
            escape(answer.file) + turned_note(answer),
            f"[bold]{best.plate}[/]",
            f"{best.position_um / 1000:.2f}",
            percent(best.confidence),
            percent(answer.none_of_these),
            ", ".join(str(c.plate) for c in others[:SHOWN_NEXT]),
            *(texts[number] for texts in (extra or {}).values()),
        )
    return table
