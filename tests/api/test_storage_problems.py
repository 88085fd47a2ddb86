"""Trouble with the database is a 503 with Retry-After, and keeps the service from being ready."""

from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from service.api.app import create_app
from service.settings import Settings
from tests.fakes import fake_parts

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ANSWER = {"question_id": "cooking.1", "answer": "It rarely burns."}


def delete_database(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/grades", ANSWER),
        ("POST", "/v1/answers:batch", [ANSWER]),
        ("POST", "/v1/notes", {"text": "- dish 2 burns", "playbook": "cooking"}),
        ("GET", "/v1/grades/gr_000000000000000000000000", None),
        ("GET", "/v1/jobs/job_000000000000000000000000", None),
        ("GET", "/v1/engagements", None),
    ],
)
async def test_a_deleted_database_is_a_503_wherever_it_is_needed(
    client: httpx2.AsyncClient, tmp_path: Path, method: str, path: str, body: object
) -> None:
    delete_database(tmp_path)
    response = await client.request(method, path, json=body)
    assert response.status_code == 503, response.text
    assert response.json()["type"] == "urn:probewise:problem:storage-unavailable"
    assert int(response.headers["retry-after"]) >= 1
    assert "burns" not in response.text


async def test_ready_means_that_a_grade_can_be_stored(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    assert (await client.get("/readyz")).status_code == 200
    delete_database(tmp_path)
    response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["detail"] == "The database file is gone."


async def start(app: FastAPI) -> list[dict[str, object]]:
    """What the application says to a server that starts it."""
    said: list[dict[str, object]] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, object]) -> None:
        said.append(message)

    await app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)  # type: ignore[arg-type]
    return said


async def test_a_database_that_keeps_it_from_starting_is_one_line(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "grades.sqlite3").write_text("no database " * 100)
    (said,) = await start(create_app(fake_parts(settings)))
    assert said["type"] == "lifespan.startup.failed"
    message = str(said["message"])
    assert "damaged, or is no SQLite database" in message
    assert "Traceback" not in message
    assert "\n" not in message
