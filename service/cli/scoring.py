"""Scoring notes or a call, with a bar that shows how far it is."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from service.cli.cards import errors
from service.grading.passage_grader import Origin
from service.grading.scorecard import FoundPassages, GradedPassage, Scorecard
from service.transcripts.turns import Transcript
from service.wiring import Parts

__all__ = ["scored"]


async def scored(
    source: Transcript, parts: Parts, playbook: str, origin: Origin | None
) -> Scorecard:
    """The scorecard; with an origin, the grades are stored in the database.

    The bar stands on standard error, if that is a terminal, and is gone at the end.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    progress = Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)
    async with parts:
        if origin is None:
            passages = parts.unstored_passages
        else:
            await parts.database.upgrade()
            passages = parts.passages
        with progress:
            bar = progress.add_task("finding", total=None)
            progress.refresh()

            def on_found(found: FoundPassages) -> None:
                progress.update(bar, description="grading", total=len(found.passages), refresh=True)

            def on_graded(_: GradedPassage) -> None:
                progress.advance(bar)

            return await passages.score(
                source, playbook, origin, on_found=on_found, on_graded=on_graded
            )
