"""brainseek: put a piece of brain in, get the places it could come from.

>>> import brainseek
>>> answer = brainseek.identify("section.png", atlas="mouse-nissl", k=5)  # doctest: +SKIP

The public names stand in ``__init__.pyi``; each is imported when it is first used, so that start-up
stays fast.
"""

from pathlib import Path

import lazy_loader

_ROOT = Path(__file__).resolve().parent.parent
if (_ROOT / "data_manifest.yaml").is_file():  # a checkout: the rooms lie beside this folder
    __path__.append(str(_ROOT))

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
