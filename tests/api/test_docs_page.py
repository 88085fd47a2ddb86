"""The page at /docs: complete, and from this server alone."""

import re
from html.parser import HTMLParser

import httpx2
import pytest
from fastapi import FastAPI

from service.api.docs_page import render_docs

pytestmark = pytest.mark.anyio


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and every text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_the_page_needs_no_other_server_and_no_script(client: httpx2.AsyncClient) -> None:
    response = await client.get("/docs")
    page = Tags()
    page.feed(response.text)
    assert response.headers["content-type"].startswith("text/html")
    policy = response.headers["content-security-policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-\S+'; base-uri 'none'; form-action 'none'; "
        r"frame-ancestors 'none'",
        policy,
    )
    used = {tag for tag, _ in page.tags}
    assert not used & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert not [a for _, a in page.tags if any(name.startswith(("on", "src")) for name in a)]
    links = [str(a["href"]) for tag, a in page.tags if tag == "a"]
    assert all(link.startswith("#") or link == "openapi.json" for link in links)
    anchors = {str(a["id"]) for _, a in page.tags if "id" in a}
    assert {link[1:] for link in links if link.startswith("#")} <= anchors


async def test_every_operation_and_schema_is_on_the_page(app: FastAPI) -> None:
    document = app.openapi()
    page = Tags()
    page.feed(render_docs(document))
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in page.text
    for name in document["components"]["schemas"]:
        assert name in page.text


def test_what_the_document_says_is_text_on_the_page() -> None:
    bad = "<script>alert(1)</script>\"'&"
    operation = {
        "tags": [bad],
        "operationId": bad,
        "summary": bad,
        "description": bad,
        "parameters": [{"name": bad, "in": bad, "schema": {"$ref": bad}, "description": bad}],
        "requestBody": {
            "content": {
                bad: {"schema": {"type": bad}, "examples": {bad: {"summary": bad, "value": bad}}}
            }
        },
        "responses": {bad: {"description": bad, "content": {bad: {"schema": {"enum": [bad]}}}}},
    }
    page = render_docs(
        {
            "info": {"title": bad, "version": bad, "summary": bad},
            "tags": [{"name": bad, "description": bad}],
            "paths": {bad: {"get": operation}},
            "components": {
                "schemas": {bad: {"description": bad, "properties": {bad: {"description": bad}}}}
            },
        }
    )
    assert "<script" not in page
    assert bad not in page
