"""The API's reference is a page of the ledger's own, whole without a network."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from fastapi import FastAPI

from api.routes import factors, lots, passports, statements
from api.routes.pages import pages_router
from api.ui.language import LANGUAGES, Language
from api.ui.reference import calls_of, render_reference
from api.ui.source import LedgerPages


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    for module in (statements, passports, lots, factors):
        app.include_router(module.router)
    app.include_router(pages_router(LedgerPages()))
    return app


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reference_names_every_call_example_and_refusal(app: FastAPI, language: Language) -> None:
    page = render_reference(app.openapi(), language)
    for path in app.openapi()["paths"]:
        assert path in page
    assert "urn:carbon-passport:problem:overdrawn-lot" in page
    assert "envelope" in page
    assert "The link secret of the QR code" in page


def test_the_reference_loads_nothing_from_elsewhere_and_runs_nothing(app: FastAPI) -> None:
    page = render_reference(app.openapi(), "en")
    assert "://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page


def test_a_call_without_a_body_has_no_example(app: FastAPI) -> None:
    calls = {(one.method, one.path): one for one in calls_of(app.openapi())}
    assert not calls["GET", "/v1/passports"].example
    assert calls["POST", "/v1/statements"].example


async def _page(app: FastAPI, method: str = "GET") -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://ledger.example") as client:
        return await client.request(method, "/docs")


def test_the_reference_is_served_under_docs_and_allows_no_script(app: FastAPI) -> None:
    answer = asyncio.run(_page(app))
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_whoever_previews_a_link_may_ask_for_the_head_alone(app: FastAPI) -> None:
    assert asyncio.run(_page(app, "HEAD")).status_code == 200
