"""A command gets one object that is made of many options."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]


def with_options(*options: Decorator[Any]) -> Decorator[Any]:
    """Return what adds options to a command so that the help lists them in the order given here."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def with_settings(
    name: str, make: Callable[..., object], *options: Decorator[Any]
) -> Decorator[Any]:
    """Return what adds options to a command, which gets a single object for all of them.

    Parameters
    ----------
    name : str
        How the command's parameter is called.
    make : callable
        Makes the object: a dataclass of settings, or a function. It gets the value of every
        option by its name.
    *options
        In the order in which the help lists them.
    """

    def nothing() -> None:
        pass

    added: list[click.Parameter] = vars(with_options(*options)(nothing))["__click_params__"]
    names = [str(option.name) for option in added]

    def add(command: Command) -> Command:
        @wraps(command)
        def call(**given: Any) -> Any:
            settings = make(**{option: given.pop(option) for option in names})
            return command(**given, **{name: settings})

        return with_options(*options)(call)  # type: ignore[no-any-return]

    return add
