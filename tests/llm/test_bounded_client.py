"""No more is read than a reply can need, and nothing is sent where it does not belong."""

import tracemalloc

import pytest

from service.llm.bounded_client import BoundedClient, OversizedReply, RefusedRedirect
from tests.faulty_server import Behaviour, faulty_server, gzip_bomb, gzipped, raw, redirect, reply

pytestmark = pytest.mark.anyio

WORDS = {"messages": [{"role": "user", "content": "The customer's words."}]}


async def post(base_url: str) -> bytes:
    async with BoundedClient() as client:
        return (await client.post(f"{base_url}/chat/completions", json=WORDS)).content


@pytest.mark.parametrize("behaviour", [gzip_bomb(200), raw(b" " * 10_000_000)])
async def test_a_body_is_read_only_so_far(behaviour: Behaviour) -> None:
    async with faulty_server([behaviour]) as server:
        tracemalloc.start()
        try:
            with pytest.raises(OversizedReply, match="larger than 4 MiB"):
                await post(server.base_url)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 80 * 2**20, "200 MiB would be more"


async def test_a_packed_body_is_unpacked() -> None:
    plain = reply("soup")
    async with faulty_server([gzipped(plain)]) as server:
        assert await post(server.base_url) == plain.body
        assert server.requests[0].headers["accept-encoding"] == "gzip"


async def test_a_body_that_is_not_packed_as_it_says_is_left_as_it_is() -> None:
    async with faulty_server([raw("soup", headers={"content-encoding": "gzip"})]) as server:
        assert await post(server.base_url) == b"soup"


async def test_two_redirects_to_the_same_server_are_followed_and_no_third() -> None:
    there = redirect("/v1/chat/completions")
    async with faulty_server([there, there, reply("soup")]) as server:
        assert b"soup" in await post(server.base_url)
        assert server.requests[-1].body == WORDS
    async with faulty_server([there]) as server:
        with pytest.raises(RefusedRedirect):
            await post(server.base_url)
        assert len(server.requests) == 3


async def test_no_word_goes_to_another_server() -> None:
    async with faulty_server([reply("soup")]) as other:
        async with faulty_server([redirect(f"{other.base_url}/chat/completions")]) as server:
            with pytest.raises(RefusedRedirect):
                await post(server.base_url)
        assert other.requests == []
