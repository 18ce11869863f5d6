"""The API described for machines (OpenAPI 3.1), made from the table of operations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from api.operations import Operation
from api.problems import Fault, documented

CONVERTOR = re.compile(r"{(\w+)(?::(\w+))?}")
REF = "#/components/schemas/{name}"

Json = dict[str, Any]


class ProblemShown(msgspec.Struct, rename={"type_": "type"}):
    """A problem as RFC 9457 has it; `code` is stable and documented at `type`."""

    type_: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault] | None = None


def describe(operations: Sequence[Operation], public_url: str) -> Json:
    """The OpenAPI document."""
    paths: dict[str, Json] = {}
    for one in operations:
        paths.setdefault(plain(one.path), {})[one.method.lower()] = described(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "TutorLingua Studio",
            "version": "1",
            "description": "From a recorded lesson to drills, clips and memory.",
        },
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {
            "schemas": schemas_of(operations),
            "securitySchemes": {"person": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"person": []}],
    }


def schemas_of(operations: Sequence[Operation]) -> dict[str, Json]:
    """Every shape that is sent or answered, by its name."""
    shapes = [
        shape
        for one in operations
        for shape in (one.answer, one.body, one.fault, *one.also.values())
        if is_shape(shape)
    ]
    _, schemas = msgspec.json.schema_components([*shapes, ProblemShown], ref_template=REF)
    return schemas


def described(one: Operation) -> Json:
    told: Json = {
        "operationId": one.endpoint.__name__ if "{format}" not in one.path else f"{one.endpoint.__name__}_as",
        "summary": (one.endpoint.__doc__ or "").strip(),
        "parameters": list(parameters_of(one)),
        "responses": answers_of(one),
    }
    if one.body is not None:
        told["requestBody"] = {"content": content_of(one.body), "required": not is_shape(one.body)}
    return told | ({"security": []} if one.open else {})


def parameters_of(one: Operation) -> Iterator[Json]:
    for name, convertor in CONVERTOR.findall(one.path):
        schema = {"type": "string", "format": "uuid"} if convertor == "uuid" else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    for place, named in (("query", one.query), ("header", one.headers)):
        for name, meaning in named.items():
            if name != "Authorization":
                yield {"name": name, "in": place, "description": meaning, "schema": {"type": "string"}}


def answers_of(one: Operation) -> Json:
    good: Json = {"description": HTTPStatus(one.status).phrase}
    if one.answer is not None:
        good["content"] = content_of(one.answer)
    answers = {str(one.status): good}
    for also, shape in one.also.items():
        answers[str(also)] = {"description": HTTPStatus(also).phrase, "content": content_of(shape)}
    if "If-None-Match" in one.headers:
        answers["304"] = {"description": "You have it already"}
    for status, codes in problems_of(one).items():
        problem = {"application/problem+json": {"schema": {"$ref": REF.format(name="ProblemShown")}}}
        told = content_of(one.fault) if one.fault else problem
        answers[str(status)] = {"description": ", ".join(codes), "content": told}
    return answers


def problems_of(one: Operation) -> Mapping[int, list[str]]:
    """The codes an operation can answer, by status."""
    always = () if one.open else ("no_token", "bad_token", "database_unavailable")
    by_status: dict[int, list[str]] = {}
    for code in (*always, *one.problems, "internal"):
        by_status.setdefault(documented()[code].status, []).append(code)
    return dict(sorted(by_status.items()))


def content_of(shape: Any) -> Json:
    """A body of this shape or media type, or of any of several."""
    if isinstance(shape, tuple):
        return {media_type: told for one in shape for media_type, told in content_of(one).items()}
    if is_shape(shape):
        return {"application/json": {"schema": {"$ref": REF.format(name=shape.__name__)}}}
    if shape is dict:
        return {"application/json": {"schema": {"type": "object"}}}
    return {str(shape): {"schema": {"type": "string"}}}


def is_shape(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)


def plain(path: str) -> str:
    return CONVERTOR.sub(r"{\1}", path)
