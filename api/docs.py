"""The API described for people, on one page."""

from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

from api.openapi import REF, is_shape, parameters_of, plain, problems_of
from api.operations import Operation
from api.pages import link, table


def readable(operations: Sequence[Operation]) -> str:
    """Every operation with its parameters, bodies and problems, as HTML."""
    intro = (
        "<p>JSON over HTTP. Send <code>Authorization: Bearer &lt;token&gt;</code>; what you may see is decided by "
        f"the database. Errors are {link('/problems', 'problem+json')}. For machines: "
        f"{link('/api/openapi.json', 'OpenAPI 3.1')}.</p>"
    )
    return intro + "".join(section(one) for one in operations)


def section(one: Operation) -> str:
    parts = [
        f"<h2><code>{one.method} {escape(plain(one.path))}</code></h2>",
        f"<p>{escape((one.endpoint.__doc__ or '').strip())} Answers {one.status}.</p>",
        table(("parameter", "in", ""), [parameter(told) for told in parameters_of(one)]),
        table(("body", "", ""), fields_of(one.body)),
        table(("answer", "", ""), fields_of(one.answer)),
        table(("status", "problems"), [problems(status, codes) for status, codes in problems_of(one).items()]),
    ]
    return "".join(parts)


def parameter(told: dict[str, Any]) -> tuple[str, str, str]:
    return f"<code>{escape(told['name'])}</code>", told["in"], escape(told.get("description", ""))


def problems(status: int, codes: Sequence[str]) -> tuple[str, str]:
    return str(status), ", ".join(link(f"/problems/{code}", code) for code in codes)


def fields_of(shape: Any) -> list[tuple[str, str, str]]:
    """Name and JSON type of each field of a shape, and whether it may be left out; nothing for a media type."""
    if not is_shape(shape):
        return []
    _, schemas = msgspec.json.schema_components([shape], ref_template=REF)
    schema = schemas[shape.__name__]
    return [
        (
            f"<code>{escape(name)}</code>",
            escape(type_of(one)),
            "" if name in schema["required"] else "may be left out",
        )
        for name, one in schema["properties"].items()
    ]


def type_of(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(type_of(one) for one in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    return str(schema.get("type", "any")) + (f" of {type_of(schema['items'])}" if "items" in schema else "")
