"""The paragraph for the methods section of a paper: what was done, with which versions."""

from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

from brainseek.registration.results.references import references
from brainseek.registration.results.section_result import RegisteredSection, SectionResult


def methods_text(
    sections: Sequence[SectionResult], atlas: str, encoder: str | None
) -> tuple[str, tuple[str, ...]]:
    """Return a paragraph about a run, and the works it rests on.

    Parameters
    ----------
    sections : sequence of SectionResult
        All sections of the run.
    atlas : str
        Name of the atlas.
    encoder : str or None
        Identity of the encoder that named the plates; None when plates or planes were given.

    Returns
    -------
    paragraph : str
        Plain text.
    references : tuple of str
        In the order in which they are used.
    """
    done = [one.registered for one in sections if one.registered is not None]
    sentences = [
        f"{_sections(len(done))} registered to the atlas {atlas} with brainseek {_own_version()}.",
        *_places(done, encoder),
        *_alignments(done),
    ]
    doubtful = sum(not one.quality.trusted for one in done)
    if doubtful:
        sentences.append(f"{_doubtful(doubtful)} flagged as not to be trusted.")
    failed = len(sections) - len(done)
    if failed:
        sentences.append(f"{failed} of {len(sections)} files could not be registered.")
    guessed = sum(one.pixel_size_um is None for one in done)
    if guessed:
        sentences.append(
            f"The pixel size of {guessed} was not known; only atlas areas are given for it."
        )
    return " ".join(sentences), references(done, atlas)


def _places(done: Sequence[RegisteredSection], encoder: str | None) -> Iterator[str]:
    """Say how the plates and planes were found."""
    alone = sum(one.place.source == "alone" for one in done)
    together = [one for one in done if one.place.source == "series"]
    if alone + len(together) and encoder is not None:
        yield (
            f"The atlas plate of {alone + len(together)} was found by the contrastively trained "
            f"encoder {encoder}, as the nearest neighbour among the plates"
            f"{', with one monotone fit to the whole series' if together else ''}."
        )
    for tilt in sorted({one.place.tilt_deg for one in together if one.place.tilt_deg is not None}):
        yield (
            f"The angles of the cut were found from the whole series ({_angles(tilt)}), and each "
            "section was aligned to the cut of the atlas' volume at its place and these angles."
        )
    given = [one for one in done if one.place.source == "given"]
    for tilt in sorted({one.place.tilt_deg for one in given if one.place.tilt_deg is not None}):
        count = sum(one.place.tilt_deg == tilt for one in given)
        yield (f"The plane of {count} was given, as a cut of the atlas' volume ({_angles(tilt)}).")
    plates = sum(one.place.tilt_deg is None for one in given)
    if plates:
        yield f"The plate of {plates} was given."
    for half in sorted({one.hemisphere for one in done} - {"both"}):
        yield f"Only the {half} half of the atlas, as its pictures show it, was used."


def _alignments(done: Sequence[RegisteredSection]) -> Iterator[str]:
    """Say how the sections were aligned, and what the similarity is."""
    if not done:
        return
    features = " and ".join(sorted({one.features for one in done if one.features}))
    if features:
        yield (
            "Each alignment started at the turn, scale and place at which the features of section "
            f"and atlas picture agree best, as the encoder {features} sees them."
        )
    versions = sorted(dict(pair for one in done for pair in one.versions).items())
    programs = ", ".join(f"{name} {number}" for name, number in versions if name != "brainseek")
    tilted = [one.place.tilt_deg is not None for one in done]
    onto = "cut" if all(tilted) else "plate or cut" if any(tilted) else "plate"
    spline = any("bspline" in one.method for one in done)
    labels = sorted({one.labels for one in done if one.labels is not None})
    yield (
        f"It was then refined to the {onto} by an affine {'and then a B-spline ' * spline}"
        f"transform that maximises mutual information{f' ({programs})' if programs else ''}."
    )
    if labels:
        yield (
            f"The atlas labels ({'; '.join(labels)}) were carried into the pixels of the section"
            " through the alignment (nearest label)."
        )
    if features:
        yield (
            "The similarity that is reported is the mean cosine similarity of these features, of "
            "the section and of the aligned atlas picture, over the section's tissue."
        )


def _angles(tilt_deg: tuple[float, float]) -> str:
    return f"pitch {tilt_deg[0]:.1f}°, yaw {tilt_deg[1]:.1f}°"


def _sections(n: int) -> str:
    return "One section was" if n == 1 else f"{n} sections were"


def _doubtful(n: int) -> str:
    return "One alignment was" if n == 1 else f"{n} alignments were"


def _own_version() -> str:
    try:
        return version("brainseek")
    except PackageNotFoundError:
        return "(version unknown)"
