"""Stand-in answers, so that the doors are tested without weights."""

from collections.abc import Sequence

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.registration.plates.identification import Candidate, Identification

IDENTITY = "made@0123abcd"
PLATES = {"mouse-nissl": 132, "mni152": 88, "julich-brain": 89}


def position_um(atlas: str, plate: int) -> float:
    return 72_000.0 - 2000 * plate if atlas == "mni152" else 100.0 * plate


def made_identity(atlas: str, encoder: str | None = None) -> str:
    if atlas not in PLATES:
        raise BrainseekError(f"Unknown atlas '{atlas}': choose one of {', '.join(PLATES)}.")
    if encoder not in (None, "made"):
        raise BrainseekError(f"Unknown encoder '{encoder}': choose one of made.")
    return IDENTITY


def made_identify(
    sections: Sequence[Section], atlas: str = "mouse-nissl", k: int = 5, encoder: str | None = None
) -> list[Identification]:
    """Answer with the plate whose number is the mean gray value of the section."""
    if k > PLATES[atlas]:
        raise BrainseekError(f"k = {k} is out of range: {atlas} has {PLATES[atlas]} plates.")
    answers = []
    for section in sections:
        first = max(1, min(PLATES[atlas] - k, round(float(section.image.mean()))))
        candidates = tuple(
            Candidate(first + r, r, 0.9 - 0.01 * r, 0.5 / 2**r, position_um(atlas, first + r))
            for r in range(k)
        )
        answers.append(Identification(section.source_uri or "", 0.25, candidates))
    return answers


@pytest.fixture
def made_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace identification by the stand-ins above."""
    monkeypatch.setattr("brainseek.registration.plates.identify.identify", made_identify)
    monkeypatch.setattr("brainseek.registration.plates.identify.encoder_identity", made_identity)
