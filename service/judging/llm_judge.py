"""Grade with an LLM: render the prompt, ask, verify the reply, keep what the evidence supports."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from service.errors import MalformedReply, ModelRefused, ModelUnavailable
from service.judging.confidence import measure_confidence
from service.judging.models import Answer, Grade, JudgeKind, Provenance, Ungraded, Verdict
from service.judging.prompt import Prompt
from service.judging.reply import make_reply_schema, parse_reply
from service.judging.review import find_review_reasons
from service.judging.rules import VerifiedReply, summarise_signals, verify_reply
from service.judging.untrusted import find_flags
from service.llm.ask import CheckedReply, ModelReply, ModelRequest, ask_models
from service.llm.chat import ChatModel, Completion
from service.playbooks.models import Question
from service.reasons import Reason

__all__ = ["LLMJudge"]


class LLMJudge:
    """A judge that asks the first model, and the next one if it is unavailable.

    All of it happens before one deadline. A reply that breaks the rules gets one repair. If it is
    still inconsistent, the grade has the verdict that its evidence supports, and is for review; if
    it supports none, the answer stays ungraded.
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
        deadline = asyncio.get_running_loop().time() + self._deadline_s
        request = ModelRequest(
            messages=self._prompt.render(question, answer),
            output=make_reply_schema(question, with_second=self._prompt.asks_second_verdict),
            check=partial(
                _check_reply,
                question=question,
                answer=answer,
                with_second=self._prompt.asks_second_verdict,
            ),
            write_repair=self._prompt.render_repair,
        )
        try:
            reply = await ask_models(self._models, request, deadline=deadline)
        except ModelUnavailable as error:
            return Ungraded(
                reason=Reason.MODEL_UNAVAILABLE,
                detail=str(error),
                retry_after_s=error.retry_after_s,
            )
        except ModelRefused as error:
            return Ungraded(reason=Reason.REFUSED, detail=str(error))
        except MalformedReply as error:
            when = "after one repair: " if error.is_repaired else ""
            return Ungraded(reason=Reason.MALFORMED_REPLY, detail=f"{when}{error}")
        return self._conclude(reply, question, answer, time.perf_counter() - started)

    async def aclose(self) -> None:
        for model in self._models:
            await model.aclose()

    def _conclude(
        self,
        reply: ModelReply[VerifiedReply],
        question: Question,
        answer: Answer,
        elapsed_s: float,
    ) -> Grade | Ungraded:
        """Make a grade of what was verified, or say that nothing could be."""
        verified = reply.result
        verdict = verified.verdict
        if verdict is None:
            return Ungraded(
                reason=Reason.NO_EVIDENCE, detail=f"after one repair: {'; '.join(reply.faults)}"
            )
        # The tokens tell how sure the model was of its own verdict, not of the one we kept.
        is_its_own = verdict is verified.reply.verdict
        confidence = _measure_least(reply.completions, verdict) if is_its_own else None
        flags = find_flags(question, answer)
        return Grade.of(
            question,
            verdict,
            verified.signals,
            # A rationale beside a fault may rest on what was not proven.
            rationale=(
                summarise_signals(verified.signals) if reply.faults else verified.reply.rationale
            ),
            confidence=confidence,
            review=find_review_reasons(
                confidence=confidence,
                review_below=self._review_below,
                flags=flags,
                is_repaired=bool(reply.faults),
                is_borderline=is_its_own and verified.reply.is_borderline,
            ),
            flags=flags,
            judge=Provenance(
                kind=JudgeKind.LLM,
                model=reply.model,
                prompt=self._prompt.id,
                prompt_digest=self._prompt.digest,
                playbook_digest=question.playbook_digest,
                attempts=reply.attempts,
                usage=reply.usage,
                latency_ms=round(elapsed_s * 1000),
                cost_usd=reply.cost_usd,
            ),
        )


def _check_reply(
    text: str, question: Question, answer: Answer, *, with_second: bool
) -> CheckedReply[VerifiedReply]:
    reply = parse_reply(text, question, with_second=with_second)
    verified = verify_reply(reply, question, answer)
    return CheckedReply(verified, verified.faults)


def _measure_least(completions: Sequence[Completion], verdict: Verdict) -> float | None:
    """Measure the least confidence of all completions: a repaired reply repeats what it reads."""
    measured = [measure_confidence(completion.tokens, verdict) for completion in completions]
    return min((share for share in measured if share is not None), default=None)
