"""`probewise eval confirm-labels`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import counted, say, visible
from service.cli.eval.options import GoldenOption
from service.cli.options import build_parts
from service.evaluation.cases.golden import Selection, read_golden_folder, select_cases
from service.evaluation.cases.label_wordings import Reworded, confirm_wordings, find_reworded

__all__ = ["confirm_labels", "warn_of_reworded"]


def confirm_labels(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Question or playbook ids.")
    ] = None,
    golden: GoldenOption = Path("evals/golden"),
) -> None:
    """Say that the labels of these questions hold for the wording that they have now.

    After a signal is reworded, `eval run` names the cases whose labels depend on it. Read them
    again, mend what changed, then confirm. Without an id, every question with a case is confirmed.

    Example: `probewise eval confirm-labels data-engineering.3`
    """
    parts = build_parts(context)
    cases = read_golden_folder(golden)
    chosen = select_cases(cases, Selection(split="all", only=tuple(only or ())))
    asked = sorted({case.question_id for case in chosen})
    questions = [parts.catalogue.question(question_id) for question_id in asked]
    for reworded in find_reworded(golden, cases, questions):
        say(f"confirmed: {_describe(reworded)}")
    confirm_wordings(golden, questions)
    say(f"{counted(len(questions), 'question')} confirmed in {golden}")


def warn_of_reworded(reworded: tuple[Reworded, ...]) -> None:
    """Tell which labels to read again before a figure on them is believed."""
    for each in reworded:
        say(f"read these labels again: {_describe(each)}")
    if reworded:
        named = " ".join(each.question_id for each in reworded)
        say(f"then: probewise eval confirm-labels {named}")


def _describe(reworded: Reworded) -> str:
    said = f"{counted(len(reworded.cases), 'case')} of {reworded.question_id}"
    return f"{said}, labelled before {visible(', '.join(reworded.parts))} was reworded"
