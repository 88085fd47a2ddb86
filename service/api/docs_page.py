"""The page at /docs: the OpenAPI document as HTML, without scripts and from nowhere else."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

__all__ = ["add_docs_page", "render_docs"]

_Schema = Mapping[str, Any]
_REFERENCE = "#/components/schemas/"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1d2126; background: #fff; }
h2 { margin-top: 3rem; border-bottom: 1px solid #d0d5db; }
h3 { margin: 2rem 0 .5rem; } h3 code { font-size: 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border: 1px solid #d0d5db; }
code, pre { font-family: ui-monospace, monospace; font-size: .875rem; }
pre { background: #f4f6f8; padding: .8rem; overflow: auto; max-height: 24rem; }
a { color: #0b57a4; } .note { color: #4a5560; } summary { cursor: pointer; }
@media (prefers-color-scheme: dark) {
  body { color: #e4e7ea; background: #16191d; } pre { background: #22272d; }
  a { color: #7fb8f0; } .note { color: #a4adb7; } h2, th, td { border-color: #3a424b; }
}
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def add_docs_page(app: FastAPI) -> None:
    """Serve the page at /docs."""

    @app.get("/docs", include_in_schema=False)
    async def show_docs() -> HTMLResponse:
        return HTMLResponse(render_docs(app.openapi()), headers=_HEADERS)


def render_docs(document: Mapping[str, Any]) -> str:
    """Render an OpenAPI document as one page: its operations by their tags, then its schemas."""
    return "\n".join(_page(document))


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    yield f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<style>{_STYLE}</style>\n<h1>{title}</h1>\n<p>{escape(info.get('summary', ''))}</p>"
    yield '<p class="note">For programs, the same is at <a href="openapi.json">openapi.json</a>.'
    yield "If keys are set, every request needs <code>Authorization: Bearer</code> with a key.</p>"
    operations = list(_operations(document))
    for tag in document.get("tags", ()):
        yield f"<h2>{escape(tag['name'])}</h2>\n<p>{escape(tag.get('description', ''))}</p>"
        for method, path, operation in operations:
            if tag["name"] in operation.get("tags", ()):
                yield from _operation(method, path, operation)
    yield "<h2>Schemas</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield from _named_schema(name, schema)
    yield "</html>"


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(operation["operationId"])}"><code>{method} {escape(path)}</code></h3>'
    yield f"<p><strong>{escape(operation.get('summary', ''))}</strong></p>"
    for paragraph in operation.get("description", "").split("\n\n"):
        yield f"<p>{escape(paragraph)}</p>"
    yield from _table(
        ("parameter", "in", "type", "description"),
        (
            (_needed(each["name"], each.get("required")), escape(each["in"]), *_described(each))
            for each in operation.get("parameters", ())
        ),
    )
    body = operation.get("requestBody", {}).get("content", {})
    yield from _table(("body", "type"), ((escape(kind), _type_in(body[kind])) for kind in body))
    yield from _examples("An example to send", body)
    responses = operation["responses"]
    yield from _table(
        ("response", "description", "type"),
        (
            (escape(status), escape(said.get("description", "")), _types(said.get("content", {})))
            for status, said in sorted(responses.items())
        ),
    )
    yield from _examples("An example of a response", responses.get("200", {}).get("content", {}))


def _named_schema(name: str, schema: _Schema) -> Iterator[str]:
    yield f'<h3 id="schema-{escape(name)}">{escape(name)}</h3>'
    yield f"<p>{escape(schema.get('description', ''))}</p>"
    if "properties" not in schema:
        yield f"<p>{_type(schema)}</p>"
    required = schema.get("required", ())
    yield from _table(
        ("field", "type", "description"),
        (
            (_needed(field, field in required), _type(of), escape(of.get("description", "")))
            for field, of in schema.get("properties", {}).items()
        ),
    )


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """Yield a table of cells that are HTML already; nothing if it has no row."""
    lines = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
    if lines:
        yield f"<table><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr>"
        yield from lines
        yield "</table>"


def _examples(title: str, content: Mapping[str, Any]) -> Iterator[str]:
    for media_type, form in content.items():
        for example in form.get("examples", {}).values():
            summary = f"{title}, {escape(media_type)}: {escape(example.get('summary', ''))}"
            value = example.get("value")
            text = value if isinstance(value, str) else json.dumps(value, indent=2)
            yield f"<details><summary>{summary}</summary><pre>{escape(text)}</pre></details>"


def _needed(name: str, required: object) -> str:
    return f"<code>{escape(name)}</code>{' (required)' if required else ''}"


def _described(parameter: Mapping[str, Any]) -> tuple[str, str]:
    return _type_in(parameter), escape(parameter.get("description", ""))


def _types(content: Mapping[str, Any]) -> str:
    return ", ".join(dict.fromkeys(map(_type_in, content.values())))


def _type_in(form: Mapping[str, Any]) -> str:
    return _type(form.get("schema", {}))


def _type(schema: _Schema) -> str:
    """Write a type in a few words, with links to the schemas that it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(_REFERENCE))
        return f'<a href="#schema-{name}">{name}</a>'
    for key, between in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if key in schema:
            return between.join(map(_type, schema[key]))
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " | ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)
    if "items" in schema:
        return f"array of {_type(schema['items'])}"
    if isinstance(extra := schema.get("additionalProperties"), dict) and extra:
        return f"object of {_type(extra)}"
    kind = schema.get("type", "any")
    return escape(kind if isinstance(kind, str) else " or ".join(kind))
