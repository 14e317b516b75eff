"""The OpenAPI document: valid, with examples that work, and every refusal named."""

from __future__ import annotations

import re
from typing import Any

from api.openapi import ALWAYS, EXAMPLE_DIGEST, EXAMPLE_ORGANIZATION
from api.problems import URN
from ledger.identifiers import organization_id
from tests.served import Served, documented

METHODS = ("get", "post")


def operations(here: Served) -> list[tuple[str, str, dict[str, Any]]]:
    paths = documented(here)["paths"]
    return [
        (path, method, operation) for path, methods in paths.items() for method, operation in methods.items()
    ]


def test_the_document_lists_every_route_once_with_a_sentence(here: Served) -> None:
    document = documented(here)
    assert document["openapi"].startswith("3.1")
    listed = {(path, method) for path, method, _ in operations(here)}
    for path in ("statements", "organizations", "lots", "passports", "log/checkpoint", "anchors", "factors"):
        assert (f"/v1/{path}", "get") in listed
    for path in ("/v1/statements", "/v1/drafts/{kind}", "/v1/factors/resolve", "/v1/session/tokens"):
        assert (path, "post") in listed
    assert all(method in METHODS for _, method in listed)
    for path, method, operation in operations(here):
        assert len(operation["summary"]) >= 10, (path, method)
        assert operation["description"].endswith("."), (path, method)
    names = [operation["operationId"] for _, _, operation in operations(here)]
    assert len(names) == len(set(names))


def test_every_reference_in_the_document_leads_somewhere(here: Served) -> None:
    document = documented(here)
    schemas = document["components"]["schemas"]
    for name in set(re.findall(r"#/components/schemas/([A-Za-z0-9_.-]+)", repr(document))):
        assert name in schemas
    assert "HTTPValidationError" not in repr(document["paths"])


def test_every_route_names_its_refusals_with_status_and_type(here: Served) -> None:
    for path, method, operation in operations(here):
        named = {}
        for status, response in operation["responses"].items():
            for name, example in (
                response.get("content", {}).get("application/problem+json", {}).get("examples", {}).items()
            ):
                assert example["value"]["type"] == URN + name
                assert str(example["value"]["status"]) == status
                named[name] = status
        assert {kind.problem_type() for kind in ALWAYS} <= named.keys(), (path, method)


def test_the_examples_have_the_forms_that_they_show(here: Served) -> None:
    assert re.fullmatch(r"org_[a-z2-7]{32}", EXAMPLE_ORGANIZATION)
    assert organization_id(EXAMPLE_DIGEST).startswith("org_")
    draft = documented(here)["components"]["schemas"]["DraftRequest"]
    assert draft["properties"]["body"]["examples"]
    assert draft["additionalProperties"] is False
    posted = documented(here)["paths"]["/v1/statements"]["post"]["requestBody"]["content"]
    assert posted["application/json"]["example"].keys() == {"envelope", "signature", "parts"}
    assert "application/x-ndjson" in posted
