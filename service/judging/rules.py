"""Check a reply against the rules of a grade: pure functions, no model and no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.judging.models import Answer, SignalGrade, SignalStatus, Verdict
from service.judging.quotes import find_evidence
from service.judging.reply import Claim, Reply
from service.playbooks.models import Question, Signal, SignalKind

__all__ = [
    "VerifiedReply",
    "find_faults",
    "find_supported_verdict",
    "summarise_signals",
    "verify_reply",
]


@dataclass(frozen=True)
class VerifiedReply:
    """A reply, and what is left of it once every quote is checked.

    `verdict` is None if nothing that the reply claims can be verified.
    """

    reply: Reply
    verdict: Verdict | None
    signals: tuple[SignalGrade, ...]
    faults: tuple[str, ...]


def verify_reply(reply: Reply, question: Question, answer: Answer) -> VerifiedReply:
    """Keep what the answer proves: the quotes that are in it, and the verdict that they support.

    A signal becomes absent if its quote is not in the customer's words. `faults` say what had to be
    corrected. They can be sent back to the model: they quote neither it nor the customer.
    """
    signals = tuple(
        _verify_claim(signal, reply.signals[signal.id], answer) for signal in question.signals
    )
    return VerifiedReply(
        reply=reply,
        verdict=find_supported_verdict(reply.verdict, signals),
        signals=signals,
        faults=(*_name_unproven(reply, signals), *find_faults(reply.verdict, signals)),
    )


def find_faults(verdict: Verdict, signals: Sequence[SignalGrade]) -> tuple[str, ...]:
    """Find the reasons why the verdict does not follow from the signals, if any."""
    good_shown = _has_any(signals, SignalKind.GOOD, SignalStatus.SHOWN)
    good_planned = _has_any(signals, SignalKind.GOOD, SignalStatus.PLANNED)
    weak_shown = _has_any(signals, SignalKind.WEAK, SignalStatus.SHOWN)
    reasons = []
    if verdict is Verdict.GOOD and not good_shown:
        reasons.append("the verdict good needs a shown good signal with its quote")
    if verdict is Verdict.GOOD and weak_shown:
        reasons.append("the verdict good allows no shown weak signal")
    if verdict is Verdict.PARTIAL and not (good_shown or good_planned):
        reasons.append("the verdict partial needs a shown or planned good signal with its quote")
    if verdict is Verdict.UNANSWERED and (good_shown or weak_shown):
        reasons.append("the verdict unanswered allows no shown signal")
    # Weak needs no signal: an answer that is generic or wrong may match none of them.
    return tuple(reasons)


def find_supported_verdict(claimed: Verdict, signals: Sequence[SignalGrade]) -> Verdict | None:
    """Keep the claimed verdict if the evidence allows it, else find the nearest that it supports.

    None if it supports none: a claim of good without any proof says nothing about the answer.
    """
    if not find_faults(claimed, signals):
        return claimed
    if _has_any(signals, SignalKind.GOOD, SignalStatus.SHOWN, SignalStatus.PLANNED):
        return Verdict.PARTIAL
    if _has_any(signals, SignalKind.WEAK, SignalStatus.SHOWN):
        return Verdict.WEAK
    return None


def summarise_signals(signals: Sequence[SignalGrade]) -> str:
    """Name the verified signals, as the rationale of a grade whose judge gave none that holds."""
    sentences = [
        f"{status.value.capitalize()}: {', '.join(ids)}."
        for status in (SignalStatus.SHOWN, SignalStatus.PLANNED, SignalStatus.CONTRADICTED)
        if (ids := [signal.id for signal in signals if signal.status is status])
    ]
    return " ".join(sentences) or "No signal of this question is shown."


def _verify_claim(signal: Signal, claim: Claim, answer: Answer) -> SignalGrade:
    evidence = None
    if claim.status is not SignalStatus.ABSENT:
        evidence = find_evidence(claim.quote, answer.text)
    return SignalGrade(
        id=signal.id,
        kind=signal.kind,
        text=signal.text,
        status=claim.status if evidence else SignalStatus.ABSENT,
        evidence=(evidence,) if evidence else (),
    )


def _name_unproven(reply: Reply, signals: Sequence[SignalGrade]) -> tuple[str, ...]:
    return tuple(
        f"{signal.id}: its quote does not stand in the customer's words; copy one stretch exactly"
        for signal in signals
        if reply.signals[signal.id].status is not signal.status
    )


def _has_any(signals: Sequence[SignalGrade], kind: SignalKind, *statuses: SignalStatus) -> bool:
    return any(signal.kind is kind and signal.status in statuses for signal in signals)
