"""The API described for people, on one page."""

from collections.abc import Sequence
from html import escape
from typing import Any

from api.openapi import content_of, is_shape, parameters_of, plain, problems_of, schemas_of
from api.operations import Operation
from api.pages import link, table


def readable(operations: Sequence[Operation]) -> str:
    """Every operation with its parameters, bodies and problems, then every shape, as HTML."""
    intro = (
        "<p>JSON over HTTP. Send <code>Authorization: Bearer &lt;token&gt;</code>; what you may see is decided by "
        f"the database. Errors are {link('/problems', 'problem+json')}. For machines: "
        f"{link('/api/openapi.json', 'OpenAPI 3.1')}.</p>"
    )
    shapes = [shape(name, schema) for name, schema in schemas_of(operations).items()]
    return "".join([intro, *(section(one) for one in operations), "<h1>Shapes</h1>", *shapes])


def section(one: Operation) -> str:
    takes = f"Takes {body_called(one.body)}. " if one.body is not None else ""
    answers = f"Answers {one.status}" + (f" with {body_called(one.answer)}." if one.answer is not None else ".")
    parts = [
        f"<h2><code>{one.method} {escape(plain(one.path))}</code></h2>",
        f"<p>{escape((one.endpoint.__doc__ or '').strip())}</p><p>{takes}{answers}</p>",
        table(("parameter", "in", ""), [parameter(told) for told in parameters_of(one)]),
        table(("status", "problems"), [problems(status, codes) for status, codes in problems_of(one).items()]),
    ]
    return "".join(parts)


def body_called(shape: Any) -> str:
    if is_shape(shape):
        return link(f"#{shape.__name__}", shape.__name__)
    return " or ".join(f"<code>{escape(media_type)}</code>" for media_type in content_of(shape))


def parameter(told: dict[str, Any]) -> tuple[str, str, str]:
    return f"<code>{escape(told['name'])}</code>", told["in"], escape(told.get("description", ""))


def problems(status: int, codes: Sequence[str]) -> tuple[str, str]:
    return str(status), ", ".join(link(f"/problems/{code}", code) for code in codes)


def shape(name: str, schema: dict[str, Any]) -> str:
    """A shape's fields, or the words that it can be."""
    needed = schema.get("required", [])
    fields = [
        (f"<code>{escape(field)}</code>", type_of(one), "" if field in needed else "may be left out")
        for field, one in schema.get("properties", {}).items()
    ]
    about = table(("field", "", ""), fields) or f"<p>{type_of(schema)}</p>"
    return f'<h2 id="{name}">{name}</h2><p>{escape(schema.get("description", ""))}</p>{about}'


def type_of(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(type_of(one) for one in schema["anyOf"])
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return link(f"#{name}", name)
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    items = f" of {type_of(schema['items'])}" if "items" in schema else ""
    return escape(str(schema.get("format") or schema.get("type", "any"))) + items
