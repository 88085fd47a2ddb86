"""Who is let in: callers with a key, under a name of the service, from no other page."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from service.api.app import create_app
from service.keys import keep_key, make_key
from service.settings import Settings
from tests.fakes import FakeJudge, fake_parts

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

KEY = make_key()
BEARER = {"authorization": f"Bearer {KEY}"}
EVIL = "http://evil.example"
LOCAL = "http://127.0.0.1:8000"
NOTES = {"text": "dish 3 is stirred on a timer", "playbook": "cooking"}
TEXT = "- dish 3 is stirred on a timer"


@asynccontextmanager
async def a_client(
    settings: Settings, base_url: str = LOCAL, **changed: object
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an application with these settings, whose own address is the URL's."""
    app = create_app(fake_parts(settings.model_copy(update=changed), FakeJudge()))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=base_url) as client,
    ):
        yield client


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with a_client(settings, service_keys=SecretStr(keep_key(KEY))) as client:
        yield client


def check_problem(response: httpx2.Response, status: int, name: str) -> None:
    assert response.status_code == response.json()["status"] == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == f"urn:probewise:problem:{name}"


ROUTES = [
    *(("GET", path) for path in ("/v1/engagements", "/v1/engagements/a", "/v1/grades/g")),
    *(("GET", path) for path in ("/v1/playbooks", "/v1/questions/cooking.1", "/v1/jobs/j")),
    *(("GET", path) for path in ("/docs", "/openapi.json", "/redoc", "/", "/nope", "/livez/x")),
    *(("POST", path) for path in ("/v1/grades", "/v1/notes", "/v1/transcripts", "/nope")),
    ("POST", "/v1/answers:batch"),
    ("OPTIONS", "/v1/grades"),
    ("HEAD", "/v1/engagements"),
    ("DELETE", "/v1/grades/g"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_no_route_but_health_answers_without_a_key(
    client: httpx2.AsyncClient, method: str, path: str
) -> None:
    response = await client.request(method, path, content=b"x" * 200_000)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="probewise"'
    if method != "HEAD":
        check_problem(response, 401, "unauthorized")


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_health_needs_no_key(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        f"Bearer {make_key()}",
        f"Bearer {keep_key(KEY)}",
        f"Bearer {KEY[:-1]}",
        f"Bearer {KEY}, Bearer {KEY}",
        f"Basic {KEY}",
        KEY,
        "Bearer \xff\xfe",
    ],
    ids=[f"case {n}" for n in range(9)],  # a key is another one in each process of a run
)
async def test_a_wrong_key_opens_nothing(client: httpx2.AsyncClient, authorization: str) -> None:
    headers = {b"authorization": authorization.encode("latin-1")}
    response = await client.get("/v1/engagements", headers=headers)
    check_problem(response, 401, "unauthorized")
    assert response.headers["www-authenticate"].startswith('Bearer realm="probewise"')
    assert KEY not in response.text


async def test_two_keys_in_one_request_open_nothing(client: httpx2.AsyncClient) -> None:
    twice = [("authorization", f"Bearer {KEY}"), ("authorization", "Bearer x")]
    assert (await client.get("/v1/engagements", headers=twice)).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_key_opens_every_route(client: httpx2.AsyncClient, scheme: str) -> None:
    headers = {"authorization": f"{scheme} {KEY}"}
    for path in ("/v1/engagements", "/docs", "/openapi.json", "/v1/playbooks"):
        assert (await client.get(path, headers=headers)).status_code == 200
    assert (await client.post("/v1/notes", json=NOTES, headers=headers)).status_code == 200
    assert (await client.get("/nope", headers=headers)).status_code == 404


async def test_the_document_has_the_security_scheme(
    client: httpx2.AsyncClient, settings: Settings
) -> None:
    document = (await client.get("/openapi.json", headers=BEARER)).json()
    (name,) = document["components"]["securitySchemes"]
    scheme = document["components"]["securitySchemes"][name]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert document["security"] == [{name: []}]
    assert document["paths"]["/livez"]["get"]["security"] == []
    assert "401" in document["paths"]["/v1/grades"]["post"]["responses"]
    async with a_client(settings) as open_client:
        document = (await open_client.get("/openapi.json")).json()
    assert document["security"] == [{}, {name: []}]


async def test_without_keys_only_this_machine_is_served(settings: Settings) -> None:
    for url in (LOCAL, "http://[::1]:8000", "http://localhost", "http://[::ffff:127.0.0.1]"):
        async with a_client(settings, url) as client:
            assert (await client.get("/v1/engagements")).status_code == 200, url
    for url in ("http://192.0.2.7:8000", "http://[2001:db8::7]"):
        async with a_client(settings, url) as client:
            check_problem(await client.get("/v1/engagements"), 401, "unauthorized")
            assert (await client.get("/livez")).status_code == 200
        async with a_client(settings, url, insecure=True) as client:
            assert (await client.get("/v1/engagements")).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "EVIL.EXAMPLE.",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example@127.0.0.1",
        "127.0.0.1/evil.example",
        "192.0.2.9",
        "[2001:db8::9]:8000",
        "0.0.0.0",  # noqa: S104 - is not listened on here
        "a b",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/v1/engagements", "/livez", "/docs", "/nope"])
async def test_another_host_gets_nothing(client: httpx2.AsyncClient, host: str, path: str) -> None:
    response = await client.get(path, headers={**BEARER, "host": host})
    check_problem(response, 421, "misdirected-request")


async def test_two_hosts_are_none(client: httpx2.AsyncClient) -> None:
    hosts = [("host", "localhost"), ("host", "evil.example"), ("authorization", f"Bearer {KEY}")]
    assert (await client.get("/livez", headers=hosts)).status_code == 421


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "LOCALHOST.", "127.0.0.1", "127.8.8.8:80", "[::1]:8000"]
)
async def test_loopback_is_always_a_name_of_the_service(
    client: httpx2.AsyncClient, host: str
) -> None:
    assert (await client.get("/livez", headers={"host": host})).status_code == 200


async def test_hosts_can_be_allowed(settings: Settings) -> None:
    names = ("grader.example.com", "*.corp.example", "192.0.2.9", "2001:db8::9", "x.example:80")
    allowed: Mapping[str, bool] = {
        "Grader.Example.com:443": True,
        "a.b.corp.example": True,
        "corp.example": False,
        "192.0.2.9:8000": True,
        "[2001:DB8:0::9]": True,
        "x.example": True,
        "192.0.2.7": True,  # the connection's own address
        "evil.example": False,
    }
    async with a_client(settings, "http://192.0.2.7", allowed_hosts=names) as client:
        for host, is_allowed in allowed.items():
            response = await client.get("/livez", headers={"host": host})
            assert response.status_code == (200 if is_allowed else 421), host
    async with a_client(settings, allowed_hosts=("*",)) as client:
        assert (await client.get("/livez", headers={"host": "any.example"})).status_code == 200


FOREIGN: list[dict[str, str]] = [
    {"origin": EVIL},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:8001"},
    {"origin": "http://127.0.0.1"},
    {"origin": "http://127.0.0.1:8000.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": EVIL, "sec-fetch-site": "none"},
    {"origin": LOCAL, "sec-fetch-site": "cross-site"},
]
SIMPLE = [
    "text/plain",
    "text/plain; charset=utf-8",
    "TEXT/PLAIN",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    None,
]


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("has_key", [True, False])
async def test_a_page_of_another_origin_can_post_nothing(
    settings: Settings, foreign: dict[str, str], has_key: bool
) -> None:
    keys: dict[str, Any] = {"service_keys": SecretStr(KEY)} if has_key else {}
    headers = foreign | (BEARER if has_key else {})
    async with a_client(settings, **keys) as client:
        for media_type in SIMPLE:
            given = headers | ({"content-type": media_type} if media_type else {})
            for path in ("/v1/transcripts", "/v1/grades", "/v1/notes", "/v1/answers:batch"):
                response = await client.post(path, content=TEXT, headers=given)
                check_problem(response, 415, "unsupported-media-type")
        response = await client.post("/v1/notes", json=NOTES, headers=headers)
        check_problem(response, 403, "cross-origin-request")
        assert (await client.get("/v1/engagements", headers=BEARER)).json()["engagements"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": LOCAL},
        {"origin": LOCAL, "sec-fetch-site": "same-origin"},
        {"origin": "https://127.0.0.1:8000"},  # a proxy speaks TLS
        {"sec-fetch-site": "none"},
    ],
)
async def test_a_program_and_a_page_of_ours_may_post_text(
    settings: Settings, headers: dict[str, str]
) -> None:
    async with a_client(settings) as client:
        plain: dict[str, Any] = {"content": TEXT, "headers": headers | {"content-type": SIMPLE[0]}}
        assert (await client.post("/v1/transcripts", **plain)).status_code == 202
        assert (await client.post("/v1/notes", json=NOTES, headers=headers)).status_code == 200
