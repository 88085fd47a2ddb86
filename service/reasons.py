"""The reasons why no verdict was reached, and what a caller is told of each."""

from enum import StrEnum

__all__ = ["Reason"]


class Reason(StrEnum):
    """A reason why no verdict was reached."""

    MODEL_UNAVAILABLE = "model_unavailable"
    MALFORMED_REPLY = "malformed_reply"
    REFUSED = "refused"
    NO_EVIDENCE = "no_evidence"
    INTERNAL_ERROR = "internal_error"

    @property
    def explanation(self) -> str:
        """A sentence for callers that holds nothing of the customer, the model or its server."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    Reason.MODEL_UNAVAILABLE: "No model answered; send the same request again later.",
    Reason.MALFORMED_REPLY: "The model's reply broke the contract, also after one repair.",
    Reason.REFUSED: "The model declined to grade this answer.",
    Reason.NO_EVIDENCE: "Nothing that the model claimed could be found in the answer.",
    Reason.INTERNAL_ERROR: "Something failed here that should not; the log has where.",
}
