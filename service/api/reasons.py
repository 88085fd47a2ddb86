"""Why there is no verdict, in words that hold nothing of the customer, the model or its server."""

from service.grading.passage_grader import GradedPassage
from service.judging.models import Reason

__all__ = ["WHY_UNASSIGNED", "WHY_UNGRADED", "sendable"]

WHY_UNGRADED = {
    Reason.MODEL_UNAVAILABLE: "No model answered; send the same request again later.",
    Reason.MALFORMED_REPLY: "The model's reply broke the contract, also after one repair.",
    Reason.REFUSED: "The model declined to grade this answer.",
    Reason.NO_EVIDENCE: "Nothing that the model claimed could be found in the answer.",
}
WHY_UNASSIGNED = {
    **WHY_UNGRADED,
    Reason.REFUSED: "The model declined to say what answers which question.",
}


def sendable(result: GradedPassage) -> GradedPassage:
    """The result without the judge's own words on why it is ungraded.

    They may quote the model's reply, or what its server said of a key.
    """
    if result.ungraded is None:
        return result
    detail = WHY_UNGRADED[result.ungraded.reason]
    ungraded = result.ungraded.model_copy(update={"detail": detail})
    return result.model_copy(update={"ungraded": ungraded})
