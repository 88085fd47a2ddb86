"""Scoring notes or a call, with a bar that shows how far it is."""

from contextlib import AsyncExitStack
from functools import partial

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from service.cli.cards import errors
from service.grading.keeping import Keeper, Origin
from service.grading.passage_grader import Found, GradedPassage, Intake
from service.grading.scorecard import Scorecard, score
from service.playbooks.catalogue import Catalogue
from service.settings import Settings
from service.storage.grades import Grades
from service.transcripts.turns import Transcript
from service.wiring import build_assigner, build_judge

__all__ = ["open_intake", "scored"]


async def scored(
    source: Transcript,
    settings: Settings,
    catalogue: Catalogue,
    playbook: str,
    origin: Origin | None,
) -> Scorecard:
    """The scorecard; with an origin, the grades are kept in the settings' database.

    The bar stands on standard error, if that is a terminal, and is gone at the end.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    async with AsyncExitStack() as parts:
        intake = open_intake(settings, catalogue, parts)
        grade = intake.grade
        if origin is not None:
            keeper = Keeper(intake, await _grades(settings, parts))
            grade = partial(keeper.grade, origin=origin)
        progress = parts.enter_context(
            Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)
        )
        bar = progress.add_task("finding", total=None)
        progress.refresh()

        def on_found(found: Found) -> None:
            progress.update(bar, description="grading", total=len(found.passages), refresh=True)

        def on_graded(_: GradedPassage) -> None:
            progress.advance(bar)

        return await score(source, playbook, intake, grade, on_found=on_found, on_graded=on_graded)


def open_intake(settings: Settings, catalogue: Catalogue, parts: AsyncExitStack) -> Intake:
    """With the judge and the assigner of the settings, closed with the other parts."""
    judge = build_judge(settings)
    parts.push_async_callback(judge.aclose)
    assigner = build_assigner(settings)
    parts.push_async_callback(assigner.aclose)
    return Intake(catalogue, judge, assigner)


async def _grades(settings: Settings, parts: AsyncExitStack) -> Grades:
    """The settings' database, migrated as the service does it."""
    from service.storage.schema import upgrade

    await upgrade(settings.database_url)
    grades = Grades(settings.database_url)
    parts.push_async_callback(grades.aclose)
    return grades
