"""The LLM judge: render, ask, parse, verify, repair once, settle."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from service.errors import MalformedReply, ModelRefused, ModelUnavailable, Reason
from service.judging.confidence import verdict_confidence
from service.judging.models import Answer, Grade, JudgeKind, Provenance, Ungraded, Verdict
from service.judging.prompt import Prompt
from service.judging.reply import parse_reply, reply_schema
from service.judging.review import review_reasons
from service.judging.rules import Settled, settle, summary
from service.judging.untrusted import flags_of
from service.llm.chat import ChatModel, Completion, Message
from service.playbooks.models import Question

__all__ = ["LLMJudge"]


@dataclass(frozen=True)
class _Round:
    """One completion and what stands of it; `settled` is None where it could not be read."""

    completion: Completion
    settled: Settled | None
    faults: tuple[str, ...]
    rationale: str = ""
    claimed: Verdict | None = None


class LLMJudge:
    """Asks the first model, the next one when it is unavailable, all under one deadline.

    A reply that breaks the rules gets one repair round; what is still inconsistent keeps the
    verdict its evidence supports, for review, and what supports none is ungraded.
    """

    def __init__(
        self,
        models: Sequence[ChatModel],
        prompt: Prompt,
        *,
        deadline_s: float,
        review_below: float,
    ) -> None:
        self._models = tuple(models)
        self._prompt = prompt
        self._deadline_s = deadline_s
        self._review_below = review_below

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade."""
        started = time.perf_counter()
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._deadline_s
        failure: ModelUnavailable | None = None
        for place, model in enumerate(self._models):
            share = (deadline - clock()) / (len(self._models) - place)
            try:
                rounds = await self._rounds(model, question, answer, clock() + share)
            except ModelUnavailable as error:
                failure = error
            except ModelRefused as error:
                return Ungraded(reason=Reason.REFUSED, detail=str(error))
            except MalformedReply as error:
                return Ungraded(reason=Reason.MALFORMED_REPLY, detail=str(error))
            else:
                elapsed = time.perf_counter() - started
                return self._conclude(rounds, question, answer, elapsed)
        return Ungraded(
            reason=Reason.MODEL_UNAVAILABLE,
            detail=str(failure),
            retry_after_s=failure.retry_after_s if failure else None,
        )

    async def aclose(self) -> None:
        for model in self._models:
            await model.aclose()

    async def _rounds(
        self, model: ChatModel, question: Question, answer: Answer, deadline: float
    ) -> list[_Round]:
        """One round, or two where the first broke the rules."""
        messages = self._prompt.render(question, answer)
        first = await self._round(model, messages, question, answer, deadline)
        if not first.faults:
            return [first]
        messages += self._prompt.render_repair(first.completion.text, first.faults)
        try:
            return [first, await self._round(model, messages, question, answer, deadline)]
        except (ModelUnavailable, ModelRefused):
            if first.settled is None:
                raise
            return [first]

    async def _round(
        self,
        model: ChatModel,
        messages: Sequence[Message],
        question: Question,
        answer: Answer,
        deadline: float,
    ) -> _Round:
        completion = await model.complete(messages, reply_schema(question), deadline=deadline)
        try:
            reply = parse_reply(completion.text, question)
        except MalformedReply as error:
            return _Round(completion, None, error.reasons)
        settled = settle(reply, question, answer)
        return _Round(completion, settled, settled.faults, reply.rationale, reply.verdict)

    def _conclude(
        self,
        rounds: Sequence[_Round],
        question: Question,
        answer: Answer,
        elapsed_s: float,
    ) -> Grade | Ungraded:
        last = next((r for r in reversed(rounds) if r.settled), None)
        if last is None or last.settled is None:
            return Ungraded(
                reason=Reason.MALFORMED_REPLY,
                detail=f"after one repair: {'; '.join(rounds[-1].faults)}",
            )
        verdict = last.settled.verdict
        if verdict is None:
            return Ungraded(
                reason=Reason.NO_EVIDENCE, detail=f"after one repair: {'; '.join(last.faults)}"
            )
        confidence = _confidence(rounds, verdict) if verdict is last.claimed else None
        flags = flags_of(question, answer)
        return Grade.of(
            question,
            verdict,
            last.settled.signals,
            rationale=summary(last.settled.signals) if last.faults else last.rationale,
            confidence=confidence,
            review=review_reasons(
                confidence=confidence,
                review_below=self._review_below,
                flags=flags,
                is_repaired=bool(last.faults),
            ),
            flags=flags,
            judge=self._provenance(rounds, question, elapsed_s),
        )

    def _provenance(
        self, rounds: Sequence[_Round], question: Question, elapsed_s: float
    ) -> Provenance:
        completions = [r.completion for r in rounds]
        costs = [completion.cost_usd for completion in completions]
        usage = completions[0].usage
        for completion in completions[1:]:
            usage += completion.usage
        return Provenance(
            kind=JudgeKind.LLM,
            model=completions[-1].model,
            prompt=self._prompt.id,
            prompt_digest=self._prompt.digest,
            playbook_digest=question.playbook_digest,
            attempts=sum(completion.attempts for completion in completions),
            usage=usage,
            latency_ms=round(elapsed_s * 1000),
            cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
        )


def _confidence(rounds: Sequence[_Round], verdict: Verdict) -> float | None:
    """The least of the rounds: after a repair a model repeats what it reads that it said before."""
    measured = [verdict_confidence(r.completion.tokens, verdict) for r in rounds]
    return min((share for share in measured if share is not None), default=None)
