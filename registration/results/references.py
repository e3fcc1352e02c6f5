"""The works that a run rests on."""

from collections.abc import Sequence

from brainseek.registration.results.section_result import RegisteredSection

_CCF = (
    "Wang Q et al. (2020) The Allen Mouse Brain Common Coordinate Framework: a 3D reference "
    "atlas. Cell 181:936-953."
)
_ATLAS_REFERENCES = {
    "mouse-nissl": (
        "Dong HW (2008) The Allen Reference Atlas: a digital color brain atlas of the C57BL/6J "
        "male mouse. Wiley.",
        _CCF,
    ),
    "mouse-ccf": (_CCF,),
    "julich-brain": (
        "Amunts K et al. (2020) Julich-Brain: a 3D probabilistic atlas of the human brain's "
        "cytoarchitecture. Science 369:988-992.",
    ),
    "mouse-mri-fvb": (
        "Ma D et al. (2014) Automatic structural parcellation of mouse brain MRI using "
        "multi-atlas label fusion. PLoS ONE 9:e86576.",
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


def references(done: Sequence[RegisteredSection], atlas: str) -> tuple[str, ...]:
    """Return the works that a run rests on.

    Parameters
    ----------
    done : sequence of RegisteredSection
        The sections that were registered.
    atlas : str
        Name of the atlas.
    """
    programs = {name for one in done for name, _ in one.versions}
    works = list(_ATLAS_REFERENCES.get(atlas.partition("@")[0], ()))
    for name, reference in _ENGINES.items():
        if any(name.lower() in program.lower() for program in programs):
            works.append(reference)
    if any(one.slice is not None for one in done):
        works.append(_QUICKNII)
    return tuple(works)
