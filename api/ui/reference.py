"""The API's reference as a page of the ledger's own: no script, nothing fetched from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.ui.language import Language, Writing
from api.ui.pages import render

PATH = "/docs"


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter with its place, or an answer's status with its lines."""

    name: str
    place: str = ""
    text: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that can be asked of the API."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Named, ...]
    example: str
    answers: tuple[Named, ...]


def render_reference(document: Mapping[str, Any], language: Language) -> str:
    """Return the page of everything that the API can be asked, from its OpenAPI document.

    What the document says stays in its own words, English; the page around it is in `language`.
    """
    return render("reference.html", Writing(language), PATH, calls=calls_of(document))


def calls_of(document: Mapping[str, Any]) -> tuple[Call, ...]:
    """Return the calls of an OpenAPI document, in its order."""
    return tuple(
        _call(path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    )


def _call(path: str, method: str, operation: Mapping[str, Any]) -> Call:
    parameters = tuple(
        Named(one["name"], one["in"], one.get("description", "")) for one in operation.get("parameters", ())
    )
    answers = tuple(
        Named(status, lines=_lines(answer["description"]))
        for status, answer in operation["responses"].items()
    )
    return Call(
        operation["operationId"],
        method.upper(),
        path,
        operation.get("summary", ""),
        operation.get("description", ""),
        parameters,
        _example(operation),
        answers,
    )


def _lines(text: str) -> tuple[str, ...]:
    """Return a description's lines without the marks of its lists and codes."""
    return tuple(line.removeprefix("- ").replace("`", "") for line in text.splitlines()) or ("",)


def _example(operation: Mapping[str, Any]) -> str:
    """Return the first example of a request's body, "" where there is none."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        examples = [one["value"] for one in content.get("examples", {}).values()]
        if "example" in content:
            examples.append(content["example"])
        if examples:
            return json.dumps(examples[0], ensure_ascii=False, indent=1)
    return ""
