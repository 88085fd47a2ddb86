"""What was measured of the model that the package brings, so that the product can say so.

`evals/embedded/measure.py` writes the file. It is no part of the model: other figures make no other
grades.
"""

from pathlib import Path

from pydantic import ValidationError

from service.records import Frozen

__all__ = ["MEASURED_FILE", "Measured", "MeasuredSet", "read_measured", "sum_up"]

MEASURED_FILE = Path(__file__).parent / "model" / "measured.json"


class MeasuredSet(Frozen):
    """Shares of one set of answers, as `eval run` names them; 0 to 1.

    `left_alone` is the share that asks for no review, and two figures are of those alone.
    """

    name: str
    answers: int
    right: float
    defensible: float
    left_alone: float
    left_alone_right: float
    left_alone_defensible: float
    surely_wrong: float
    surely_indefensible: float


class Measured(Frozen):
    """The sets that one model was measured on, people's own words first."""

    model: str
    sets: tuple[MeasuredSet, ...]


def read_measured(model: str, file: Path = MEASURED_FILE) -> Measured | None:
    """Read what was measured of this model; None if that is another one, or nothing is known."""
    try:
        measured = Measured.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
    return measured if measured.model == model else None


def sum_up(measured: Measured) -> str:
    """Say in a sentence or two how far this model can be relied on."""
    first = measured.sets[0]
    return (
        f"On {first.answers} {first.name}, this judge gives the readers' verdict for "
        f"{first.right:.0%} and one that could be defended for {first.defensible:.0%}; for the "
        f"{first.left_alone:.0%} that it sends to nobody, {first.left_alone_defensible:.0%}. "
        "Check what it marks for review."
    )
