"""Playbooks, questions, liveness and readiness."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from service.api.app import create_app
from service.playbooks.catalogue import Catalogue
from service.settings import Settings
from tests.fakes import FakeJudge, a_playbook, a_question, fake_parts

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def get(app: FastAPI, path: str) -> httpx2.Response:
    """Without the lifespan: what an application answers before it has started."""
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get(path)


async def test_the_list_of_playbooks_counts_their_questions(client: httpx2.AsyncClient) -> None:
    first, second = (await client.get("/v1/playbooks")).json()
    assert (first["id"], first["questions"]) == ("cooking", 3)
    assert (second["id"], second["questions"]) == ("baking", 2)
    assert first["digest"] == a_playbook().digest


async def test_a_playbook_has_its_questions_in_order(client: httpx2.AsyncClient) -> None:
    playbook = (await client.get("/v1/playbooks/cooking")).json()
    assert (playbook["title"], playbook["goal"]) == ("Playbook of cooking", "Nothing burns.")
    assert [question["id"] for question in playbook["questions"]] == [
        "cooking.1",
        "cooking.2",
        "cooking.3",
    ]


async def test_an_unknown_playbook_names_those_there_are(client: httpx2.AsyncClient) -> None:
    response = await client.get("/v1/playbooks/frying")
    assert response.status_code == 404
    assert response.json()["known"] == ["cooking", "baking"]


async def test_a_question_comes_with_signals_probe_and_insight(client: httpx2.AsyncClient) -> None:
    question = (await client.get("/v1/questions/cooking.2")).json()
    assert question["probe"] == a_question().probe
    assert question["insight"] == a_question().insight
    assert question["signals"][0] == {
        "id": "good.1",
        "kind": "good",
        "text": "Watches the temperature",
    }


async def test_an_unknown_question_names_the_nearest(client: httpx2.AsyncClient) -> None:
    response = await client.get("/v1/questions/cooking.9")
    assert response.status_code == 404
    assert "cooking.1" in response.json()["nearest"]


async def test_a_started_service_is_live_and_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "live"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_without_its_tables_it_is_live_but_not_ready(app: FastAPI) -> None:
    assert (await get(app, "/livez")).status_code == 200
    response = await get(app, "/readyz")
    assert response.status_code == 503
    assert "database" in response.json()["detail"]


async def test_without_a_database_it_is_live_but_not_ready(
    settings: Settings, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/nowhere/grades.sqlite3"
    app = create_app(fake_parts(settings.model_copy(update={"database_url": url})))
    assert (await get(app, "/livez")).status_code == 200
    assert (await get(app, "/readyz")).status_code == 503
    await asyncio.sleep(0.1)  # aiosqlite's thread still tells this loop that it can't connect


async def test_without_a_playbook_it_is_not_ready(settings: Settings) -> None:
    app = create_app(fake_parts(settings, catalogue=Catalogue([])))
    response = await get(app, "/readyz")
    assert response.status_code == 503
    assert "playbook" in response.json()["detail"]


async def test_a_service_that_stops_closes_its_judge(app: FastAPI, judge: FakeJudge) -> None:
    async with app.router.lifespan_context(app):
        assert not judge.closed
    assert judge.closed
