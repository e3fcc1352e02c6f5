"""The values in a condition: what a column can be compared with, for Lance and for Arrow."""

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

EXAMPLES = {
    "text": "LIKE 'CA%'",
    "whole numbers": "= 12",
    "numbers": "< 12.5",
    "true or false": "= TRUE",
    "times": ">= '2024-01-31 12:00:00'",
}
"""What a column may hold, with a condition on such a column."""

TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?)(Z|\+00:00)?"
)


def holds(kind: "pa.DataType") -> str:
    """Return in words what a type holds, empty for a type that a condition can't compare."""
    from pyarrow import types

    if types.is_string(kind) or types.is_large_string(kind):
        return "text"
    if types.is_integer(kind):
        return "whole numbers"
    if types.is_float32(kind) or types.is_float64(kind):
        return "numbers"
    if types.is_boolean(kind):
        return "true or false"
    return "times" if types.is_timestamp(kind) and kind.tz in (None, "UTC") else ""


def literal(kind: str, given: str, text: str, dtype: "pa.DataType") -> tuple[str, Any]:
    """Return a value for Lance and for Arrow; ValueError where the column can't hold it."""
    import pyarrow as pa

    match kind, given:
        case "text", "string":
            return quoted(text), pa.scalar(text, dtype)
        case "times", "string" if match := TIME.fullmatch(text):
            moment = datetime.fromisoformat(match[1])
            return f"TIMESTAMP '{moment.isoformat(' ')}'", pa.scalar(
                moment.replace(tzinfo=UTC), dtype
            )
        case "whole numbers", "number":
            plain = re.fullmatch(r"-?[0-9]{1,30}", text)
            number = int(text) if plain else float(text)
            if number != int(number) or abs(number) >= 2**63:  # Lance can't read -(2**63)
                raise ValueError
            return str(int(number)), pa.scalar(int(number), dtype)
        case "numbers", "number":
            scalar = pa.scalar(float(text), dtype)
            if not math.isfinite(scalar.as_py()):
                raise ValueError
            return repr(scalar.as_py()), scalar
        case "true or false", "boolean":
            return text.upper(), pa.scalar(text == "True", dtype)
    raise ValueError


def quoted(text: str) -> str:
    """Return text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
