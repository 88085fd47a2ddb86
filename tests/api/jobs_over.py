"""Waiting for jobs, as a caller does."""

from typing import Any

import anyio
import httpx2

__all__ = ["over"]


async def over(client: httpx2.AsyncClient, taken: httpx2.Response) -> dict[str, Any]:
    """The job of a 202 (or 200), once it is over."""
    assert taken.status_code in {200, 202}, taken.text
    with anyio.fail_after(30):
        while True:
            response = await client.get(taken.headers["location"])
            assert response.status_code == 200, response.text
            job: dict[str, Any] = response.json()
            if job["status"] in {"done", "failed", "cancelled"}:
                return job
            assert response.headers["retry-after"]
            await anyio.sleep(0.01)
