"""A chat-completions server in a process of its own that takes a fixed time for each reply."""

import asyncio
import json
import sys

from tests.faulty_server import Body, Response, faulty_server, fixed_delay

__all__ = ["absent_everywhere"]


def absent_everywhere(delay_ms: float, body: Body) -> Response:
    """A valid `weak` reply to whatever signals the request's schema asks for."""
    schema = body["response_format"]["json_schema"]["schema"]
    signals = schema["properties"]["signals"]["required"]
    claims = {signal: {"status": "absent", "quote": ""} for signal in signals}
    content = {"signals": claims, "rationale": "No mechanism is named.", "verdict": "weak"}
    return fixed_delay(delay_ms, json.dumps(content))


async def main() -> None:
    """Serve until standard input closes; the first line printed is the base URL."""
    delay_ms = float(sys.argv[1])
    async with faulty_server([lambda body: absent_everywhere(delay_ms, body)]) as server:
        print(server.base_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
