"""Frozen settings from what a YAML file says; an unknown key is an error."""

import dataclasses
import inspect
from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from brainseek.catalog.core.errors import BrainseekError

T = TypeVar("T")


def build_kind(kinds: Mapping[str, type[T]], tree: Mapping[str, Any], where: str) -> T:
    """Build the kind that ``{kind: NAME, setting: …}`` names, with its own defaults.

    Raises
    ------
    BrainseekError
        If the kind is unknown, or a setting is unknown to it, missing or of the wrong type.
    """
    kind = str(tree.get("kind"))
    if kind not in kinds:
        raise BrainseekError(f"Unknown {where} '{kind}': choose from {', '.join(kinds)}.")
    return build(kinds[kind], {k: v for k, v in tree.items() if k != "kind"}, f"{where} '{kind}'")


def build(kind: type[T], tree: Any, where: str) -> T:
    """Build an object from a mapping, checking every key and type against its parameters.

    Raises
    ------
    BrainseekError
        If a setting is unknown, missing, or of the wrong type.
    """
    if not isinstance(tree, dict):
        raise BrainseekError(f"{where}: expected a mapping of settings, found {tree!r}.")
    known = inspect.signature(kind).parameters
    hints = get_type_hints(kind.__init__)
    for key in tree:
        if key not in known:
            raise BrainseekError(f"{where}: unknown key '{key}'; known are {', '.join(known)}.")
    for key, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and key not in tree:
            raise BrainseekError(f"{where}: the key '{key}' is missing.")
    values = {key: _convert(hints[key], value, f"{where}: {key}") for key, value in tree.items()}
    return kind(**values)


def _convert(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value, where)
    if get_origin(hint) in (Union, UnionType):
        options = get_args(hint)
        if value is None and type(None) in options:
            return None
        return _convert(next(o for o in options if o is not type(None)), value, where)
    if get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
        raise BrainseekError(f"{where} must be {' or '.join(get_args(hint))}, not {value!r}.")
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise BrainseekError(f"{where} must be a list, not {value!r}.")
        return tuple(value)
    if get_origin(hint) is Mapping:
        hint = dict
    if hint is float and isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    if hint is Any or (isinstance(value, hint) and not (hint is int and isinstance(value, bool))):
        return value
    raise BrainseekError(f"{where} must be {hint.__name__}, not {value!r}.")
