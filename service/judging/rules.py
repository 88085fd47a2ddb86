"""What a reply must hold to become a grade: pure rules, no model and no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.judging.models import Answer, SignalGrade, SignalStatus, Verdict
from service.judging.quotes import find_evidence
from service.judging.reply import Claim, Reply
from service.playbooks.models import Question, Signal, SignalKind

__all__ = ["Settled", "faults", "settle", "summary", "supported_verdict"]


@dataclass(frozen=True)
class Settled:
    """What of a reply stands: `verdict` is None where nothing it claims can be verified."""

    verdict: Verdict | None
    signals: tuple[SignalGrade, ...]
    faults: tuple[str, ...]


def settle(reply: Reply, question: Question, answer: Answer) -> Settled:
    """Keep what the answer proves: every quote verbatim in it, and the verdict they support.

    A claim whose quote is not in the customer's words becomes absent. `faults` say what had to be
    put right, in words fit to send back to the model; they quote neither it nor the customer.
    """
    signals = tuple(
        _verified(signal, reply.signals[signal.id], answer) for signal in question.signals
    )
    found = (*_unproven(reply, signals), *faults(reply.verdict, signals))
    return Settled(supported_verdict(reply.verdict, signals), signals, found)


def faults(verdict: Verdict, signals: Sequence[SignalGrade]) -> tuple[str, ...]:
    """Why the verdict does not follow from the signals; empty where it does."""
    good_shown = _any(signals, SignalKind.GOOD, SignalStatus.SHOWN)
    good_planned = _any(signals, SignalKind.GOOD, SignalStatus.PLANNED)
    weak_shown = _any(signals, SignalKind.WEAK, SignalStatus.SHOWN)
    reasons = []
    if verdict is Verdict.GOOD and not good_shown:
        reasons.append("the verdict good needs a shown good signal with its quote")
    if verdict is Verdict.GOOD and weak_shown:
        reasons.append("the verdict good allows no shown weak signal")
    if verdict is Verdict.PARTIAL and not (good_shown or good_planned):
        reasons.append("the verdict partial needs a shown or planned good signal with its quote")
    if verdict is Verdict.UNANSWERED and (good_shown or weak_shown):
        reasons.append("the verdict unanswered allows no shown signal")
    return tuple(reasons)


def supported_verdict(claimed: Verdict, signals: Sequence[SignalGrade]) -> Verdict | None:
    """The claimed verdict where the evidence allows it, else the nearest that it supports."""
    if not faults(claimed, signals):
        return claimed
    if _any(signals, SignalKind.GOOD, SignalStatus.SHOWN, SignalStatus.PLANNED):
        return Verdict.PARTIAL
    if _any(signals, SignalKind.WEAK, SignalStatus.SHOWN):
        return Verdict.WEAK
    return None


def summary(signals: Sequence[SignalGrade]) -> str:
    """What the verified signals say, for a grade whose judge gave no rationale that holds."""
    said = [
        f"{status.value.capitalize()}: {', '.join(ids)}."
        for status in (SignalStatus.SHOWN, SignalStatus.PLANNED, SignalStatus.CONTRADICTED)
        if (ids := [signal.id for signal in signals if signal.status is status])
    ]
    return " ".join(said) or "No signal of this question is shown."


def _verified(signal: Signal, claim: Claim, answer: Answer) -> SignalGrade:
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


def _unproven(reply: Reply, signals: Sequence[SignalGrade]) -> tuple[str, ...]:
    return tuple(
        f"{signal.id}: its quote does not stand in the customer's words; copy one stretch exactly"
        for signal in signals
        if reply.signals[signal.id].status is not signal.status
    )


def _any(signals: Sequence[SignalGrade], kind: SignalKind, *statuses: SignalStatus) -> bool:
    return any(signal.kind is kind and signal.status in statuses for signal in signals)
