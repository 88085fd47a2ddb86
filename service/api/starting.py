"""Starting the service: what keeps it from starting is one line, without a traceback."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import ProbewiseError

__all__ = ["StartFailures"]


class StartFailures:
    """Tells the server in our words why the application can't start.

    Starlette tells it the whole traceback, in which nobody finds the line that says what to do.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        withheld: Message | None = None

        async def watched(message: Message) -> None:
            nonlocal withheld
            if message["type"] == "lifespan.startup.failed":
                withheld = message
            else:
                await send(message)

        try:
            await self._app(scope, receive, watched)
        except ProbewiseError as error:
            if withheld is None:  # it had started
                raise
            await send({**withheld, "message": str(error)})
        except BaseException:
            if withheld is not None:
                await send(withheld)
            raise
