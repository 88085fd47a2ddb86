"""What no one foresaw: answered as a problem, and logged without a word of the customer."""

import logging
import traceback
import uuid

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import InternalError, problem_response

__all__ = ["Failures", "unexpected"]

_log = logging.getLogger(__name__)


class Failures:
    """Answers 500 to an error nothing else handled.

    The log gets the error's type and frames, not its message, which may quote an answer; that is
    why it must not reach the server, whose log would hold all of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001  # whatever it is, the server must not log it
            problem = unexpected(error)
            if started:
                raise RuntimeError(f"the response broke off; see {problem.instance}") from None
            await problem_response(problem)(scope, receive, send)


def unexpected(error: Exception) -> InternalError:
    """The problem that an error is answered with once it stands in the log."""
    instance = uuid.uuid4().urn
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s: unexpected %s\n%s", instance, type(error).__qualname__, frames)
    return InternalError(instance=instance)
