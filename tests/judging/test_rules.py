import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.judging.models import Answer, AnswerTurn, SignalStatus, Verdict
from service.judging.reply import Claim, Reply
from service.judging.rules import (
    find_faults,
    find_supported_verdict,
    summarise_signals,
    verify_reply,
)
from tests.fakes import a_question

QUESTION = a_question()
ANSWER = Answer.of("We watch the temperature. It rarely burns.")
GOOD_QUOTE, WEAK_QUOTE = "watch the temperature", "rarely burns"
SHOWN, PLANNED, CONTRADICTED, ABSENT = (
    SignalStatus.SHOWN,
    SignalStatus.PLANNED,
    SignalStatus.CONTRADICTED,
    SignalStatus.ABSENT,
)


def a_reply(
    verdict: Verdict,
    good: SignalStatus = ABSENT,
    weak: SignalStatus = ABSENT,
    *,
    good_quote: str = GOOD_QUOTE,
) -> Reply:
    signals = {
        "good.1": Claim(status=good, quote=good_quote),
        "good.2": Claim(status=ABSENT, quote=""),
        "weak.1": Claim(status=weak, quote=WEAK_QUOTE),
    }
    return Reply(signals=signals, rationale="So.", verdict=verdict)


@pytest.mark.parametrize(
    ("claimed", "good", "weak", "kept"),
    [
        ("good", SHOWN, ABSENT, "good"),
        ("good", SHOWN, SHOWN, "partial"),
        ("good", PLANNED, ABSENT, "partial"),
        ("good", ABSENT, SHOWN, "weak"),
        ("good", ABSENT, ABSENT, None),
        ("good", CONTRADICTED, ABSENT, None),
        ("partial", SHOWN, ABSENT, "partial"),
        ("partial", PLANNED, SHOWN, "partial"),
        ("partial", ABSENT, SHOWN, "weak"),
        ("partial", ABSENT, ABSENT, None),
        ("weak", ABSENT, ABSENT, "weak"),
        ("weak", SHOWN, ABSENT, "weak"),
        ("weak", ABSENT, SHOWN, "weak"),
        ("unanswered", ABSENT, ABSENT, "unanswered"),
        ("unanswered", PLANNED, ABSENT, "unanswered"),
        ("unanswered", SHOWN, ABSENT, "partial"),
        ("unanswered", ABSENT, SHOWN, "weak"),
    ],
)
def test_a_verdict_stands_only_on_evidence(
    claimed: str, good: SignalStatus, weak: SignalStatus, kept: str | None
) -> None:
    settled = verify_reply(a_reply(Verdict(claimed), good, weak), QUESTION, ANSWER)
    assert settled.verdict == (Verdict(kept) if kept else None)
    assert bool(settled.faults) is (kept != claimed)


def test_a_forged_quote_takes_its_signal_down_and_is_named() -> None:
    reply = a_reply(Verdict.GOOD, SHOWN, good_quote="we stir every minute")
    settled = verify_reply(reply, QUESTION, ANSWER)
    assert settled.verdict is None
    assert settled.signals[0].status is ABSENT
    assert settled.faults[0].startswith("good.1: its quote does not stand in the customer's words")
    assert "stir" not in " ".join(settled.faults)


def test_a_quote_of_our_own_probe_is_no_evidence() -> None:
    said = Answer(
        turns=(
            AnswerTurn(text="Yes."),
            AnswerTurn(text=GOOD_QUOTE, side="seller"),
            AnswerTurn(text="Hm."),
        )
    )
    assert verify_reply(a_reply(Verdict.GOOD, SHOWN), QUESTION, said).verdict is None


def test_evidence_offsets_point_into_the_customers_words() -> None:
    first = Answer.of("Not really.")
    answer = first.followed_by("How would you notice?", ANSWER)
    evidence = verify_reply(a_reply(Verdict.GOOD, SHOWN), QUESTION, answer).signals[0].evidence[0]
    assert answer.text[evidence.start : evidence.end] == evidence.quote == GOOD_QUOTE


@given(
    st.sampled_from(Verdict),
    st.sampled_from(SignalStatus),
    st.sampled_from(SignalStatus),
    st.text(),
)
def test_what_is_settled_never_breaks_a_rule(
    verdict: Verdict, good: SignalStatus, weak: SignalStatus, quote: str
) -> None:
    settled = verify_reply(a_reply(verdict, good, weak, good_quote=quote), QUESTION, ANSWER)
    assert settled.verdict is None or not find_faults(settled.verdict, settled.signals)
    for signal in settled.signals:
        assert bool(signal.evidence) is (signal.status is not ABSENT)
        assert all(ANSWER.text[e.start : e.end] == e.quote for e in signal.evidence)


def test_the_summary_tells_what_was_verified_and_nothing_else() -> None:
    reply = a_reply(Verdict.PARTIAL, SHOWN, CONTRADICTED)
    assert (
        summarise_signals(verify_reply(reply, QUESTION, ANSWER).signals)
        == "Shown: good.1. Contradicted: weak.1."
    )
    forged = a_reply(Verdict.GOOD, SHOWN, good_quote="a lie")
    said = summarise_signals(verify_reply(forged, QUESTION, ANSWER).signals)
    assert said == "No signal of this question is shown."


def test_the_supported_verdict_is_never_better_than_the_evidence() -> None:
    for good, weak in itertools.product(SignalStatus, SignalStatus):
        signals = verify_reply(a_reply(Verdict.WEAK, good, weak), QUESTION, ANSWER).signals
        if find_supported_verdict(Verdict.GOOD, signals) is Verdict.GOOD:
            assert good is SHOWN and weak is not SHOWN
