"""Stand-in answers, so that the doors are tested without weighing pictures."""

from collections.abc import Sequence
from dataclasses import fields, replace

import pytest

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.sections.section import Section
from brainseek.registration.plates import ranker as room
from brainseek.registration.plates.encoder_choice import EncoderChoice
from brainseek.registration.plates.identification import Candidate, Identification
from brainseek.registration.plates.ranker import PlateRanker

IDENTITY = "made@0123abcd"


def position_um(atlas: str, plate: int) -> float:
    return 72_000.0 - 2000 * plate if atlas == "mni152" else 100.0 * plate


class MadeRanker(PlateRanker):
    """Real plates; the answer is the plate whose number is the mean gray value of the section."""

    none_of_these = 0.25
    turned_deg = 0

    def rank(self, sections: Sequence[Section], k: int) -> list[Identification]:
        atlas, count = self.choice.atlas, len(self.plates)
        if k > count:
            raise BrainseekError(f"k = {k} is out of range: {atlas} has {count} plates.")
        answers = []
        for section in sections:
            first = max(1, min(count - k, round(float(section.image.mean()))))
            candidates = tuple(
                Candidate(first + r, r, 0.9 - 0.01 * r, 0.5 / 2**r, position_um(atlas, first + r))
                for r in range(k)
            )
            answers.append(
                Identification(
                    section.source_uri or "",
                    self.none_of_these,
                    candidates,
                    turned_deg=self.turned_deg,
                )
            )
        return answers


@pytest.fixture
def made_answers(monkeypatch: pytest.MonkeyPatch) -> type[MadeRanker]:
    """Let `MadeRanker` rank plates; returns a class whose answers a test may change."""
    real = room.kept_ranker

    class Made(MadeRanker):
        pass

    def made_ranker(choice: EncoderChoice, state: tuple[str, int, int] | None) -> PlateRanker:
        found = real(choice, state)
        values = {field.name: getattr(found, field.name) for field in fields(found)}
        return Made(**{**values, "choice": replace(choice, identity=IDENTITY)})

    monkeypatch.setattr(room, "kept_ranker", made_ranker)
    return Made
