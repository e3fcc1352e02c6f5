"""Measurements in a process of their own."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import PROJECT_ROOT

_CALL = """import importlib, json, sys
module, name, given = sys.argv[1:]
print(json.dumps(getattr(importlib.import_module(module), name)(*json.loads(given))))"""


def in_process(function: Callable[..., Any], *arguments: str | int) -> Any:
    """Call a function of a module in a new process; None if it lacks a library.

    Arguments and what it returns pass as JSON.

    Raises
    ------
    BrainseekError
        It failed.
    """
    module = function.__globals__["__spec__"].name  # also of the module that runs as a script
    command = [sys.executable, "-c", _CALL, module, function.__name__, json.dumps(arguments)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    if done.returncode and "No module named" in done.stderr:
        return None
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise BrainseekError(f"{module}.{function.__name__}{arguments} failed ({last}).")
    return json.loads(done.stdout.splitlines()[-1])
