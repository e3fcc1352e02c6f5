"""The paragraph for the methods section of a paper: what was done, with which versions."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from registration.summary import SectionSummary

_ATLAS_REFERENCES = {
    "mouse-nissl": (
        "Dong HW (2008) The Allen Reference Atlas: a digital color brain atlas of the C57BL/6J "
        "male mouse. Wiley.",
        "Wang Q et al. (2020) The Allen Mouse Brain Common Coordinate Framework: a 3D reference "
        "atlas. Cell 181:936-953.",
    ),
    "mni152": (
        "Fonov V et al. (2011) Unbiased average age-appropriate atlases for pediatric studies. "
        "NeuroImage 54:313-327.",
    ),
}
_QUICKNII = (
    "Puchades MA et al. (2019) Spatial registration of serial microscopic brain images to "
    "three-dimensional reference atlases with the QuickNII tool. PLoS ONE 14:e0216796."
)
_ENGINES = {
    "elastix": "Klein S et al. (2010) elastix: a toolbox for intensity-based medical image "
    "registration. IEEE Trans Med Imaging 29:196-205.",
    "SimpleITK": "Lowekamp BC et al. (2013) The design of SimpleITK. Front Neuroinform 7:45.",
}


def methods_text(
    sections: Sequence[SectionSummary], atlas: str, encoder: str | None
) -> tuple[str, tuple[str, ...]]:
    """Return a paragraph about a run, and the works it rests on.

    Parameters
    ----------
    sections : sequence of SectionSummary
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
    done = [one for one in sections if one.error is None]
    versions = dict(pair for one in done for pair in one.versions)
    own = _own_version()
    sentences = [f"{_sections(len(done))} registered to the atlas {atlas} with brainseek {own}."]
    alone = sum(one.plate_from == "alone" for one in done)
    together = sum(one.plate_from == "series" for one in done)
    if alone + together and encoder is not None:
        sentences.append(
            f"The atlas plate of {alone + together} was found by the contrastively trained "
            f"encoder {encoder}, as the nearest neighbour among the plates"
            f"{', with one monotone fit to the whole series' if together else ''}."
        )
    given = len(done) - alone - together
    if given:
        sentences.append(f"The plate or plane of {given} was given.")
    programs = ", ".join(
        f"{name} {number}" for name, number in sorted(versions.items()) if name != "brainseek"
    )
    if any("bspline" in one.method for one in done):
        sentences.append(
            "Each section was aligned to its plate by an affine and then a B-spline transform"
            f"{f' ({programs})' if programs else ''}, and the atlas labels were carried into the "
            "pixels of the section through the inverse alignment (nearest label)."
        )
    elif done:
        sentences.append(
            f"Each section was aligned to its plate by an affine transform"
            f"{f' ({programs})' if programs else ''}, and the atlas labels were carried into the "
            "pixels of the section (nearest label)."
        )
    doubtful = sum(not one.trusted for one in done)
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
    references = list(_ATLAS_REFERENCES.get(atlas, ()))
    for name, reference in _ENGINES.items():
        if any(name.lower() in program.lower() for program in versions):
            references.append(reference)
    if any(one.slice is not None for one in done):
        references.append(_QUICKNII)
    return " ".join(sentences), tuple(references)


def _sections(n: int) -> str:
    return "One section was" if n == 1 else f"{n} sections were"


def _doubtful(n: int) -> str:
    return "One alignment was" if n == 1 else f"{n} alignments were"


def _own_version() -> str:
    try:
        return version("brainseek")
    except PackageNotFoundError:
        return "(version unknown)"
