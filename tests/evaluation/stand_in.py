"""Stand in for an LLM: it knows the golden labels, but only as far as its prompt lets it.

It sees what a real one sees: the rendered messages. It shows a signal if the label for the text in
the prompt says so, and it tells verdicts apart only if the prompt defines them. So a weakened
prompt, swapped signals or a broken rule has its effect through the real code.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence

from service.evaluation.cases.case import Case
from service.judging.models import Answer, SignalStatus, Verdict
from service.judging.untrusted import delimit
from service.llm.chat import Completion, Message, OutputSchema
from service.playbooks.catalogue import Catalogue

__all__ = ["StandIn"]

_SIGNAL = re.compile(r"^- ((?:good|weak)\.\d+): (.+)$", re.MULTILINE)
_LENIENT = {
    Verdict.WEAK: Verdict.PARTIAL,
    Verdict.PARTIAL: Verdict.GOOD,
    Verdict.UNANSWERED: Verdict.WEAK,
}


class StandIn:
    """A ChatModel. It errs on one case in ten, always the same ones.

    It makes up quotes for the questions in `invents`; `flips` is the share of the verdicts that it
    turns into the next one in the list, chosen by case.
    """

    name = "stand-in"

    def __init__(
        self,
        cases: Iterable[Case],
        catalogue: Catalogue,
        *,
        invents: Sequence[str] = (),
        flips: float = 0.0,
    ) -> None:
        self._cases = {_marker(case.answer): case for case in cases}
        self._catalogue = catalogue
        self._invents = invents
        self._flips = flips

    async def complete(
        self, messages: Sequence[Message], output: OutputSchema, *, deadline: float
    ) -> Completion:
        """See ChatModel.complete."""
        case = self._cases[_marker_in(messages[1].text)]
        listed = dict(_SIGNAL.findall(messages[0].text))
        signals = {signal_id: self._claim(case, text) for signal_id, text in listed.items()}
        reply = {
            "signals": signals,
            "rationale": f"As {case.id} says.",
            "verdict": self._verdict(case, messages[0].text).value,
        }
        return Completion(text=json.dumps(reply), model=self.name, cost_usd=0.0)

    async def aclose(self) -> None: ...

    def _verdict(self, case: Case, prompt: str) -> Verdict:
        verdict = case.verdict
        if f"- {verdict.value}:" not in prompt:
            verdict = _LENIENT.get(verdict, verdict)
        errs = _share(case, "errs") < 0.1 or _share(case, "flips") < self._flips
        return list(Verdict)[(list(Verdict).index(verdict) + 1) % 4] if errs else verdict

    def _claim(self, case: Case, text: str) -> dict[str, str]:
        """Claim what the label says about the signal with this text; an unknown text is absent."""
        question = self._catalogue.question(case.question_id)
        signal_id = next((s.id for s in question.signals if s.text == text), None)
        label = case.signals.get(signal_id or "")
        if label is None:
            return {"status": SignalStatus.ABSENT, "quote": ""}
        quote = label.quotes[0] if label.quotes else ""
        if case.question_id in self._invents:
            quote = f"as we always say, {quote}"
        return {"status": label.status, "quote": quote}


def _marker(answer: str) -> str:
    return delimit(Answer.of(answer)).partition("\n")[0]


def _marker_in(message: str) -> str:
    return message.strip().partition("\n")[0]


def _share(case: Case, purpose: str) -> float:
    """Draw a number from 0 to 1 that depends on the case and the purpose alone."""
    return int(hashlib.sha256(f"{purpose}/{case.id}".encode()).hexdigest()[:8], 16) / 16**8
