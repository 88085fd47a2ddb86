import json

import pytest
from langchain_core.language_models.fake_chat_models import (
    FakeListChatModel,
    GenericFakeChatModel,
)
from langchain_core.messages import AIMessage

from service.judging.llm_judge import LLMJudge
from service.judging.models import Answer, Grade, Ungraded, Verdict
from service.judging.prompt import load_prompt
from service.llm.langchain import LangChainModel
from service.reasons import Reason
from tests.fakes import a_question

pytestmark = pytest.mark.anyio

ABSENT = {"status": "absent", "quote": ""}
REPLY = json.dumps(
    {
        "signals": {
            "good.1": {"status": "shown", "quote": "a probe in the pan"},
            "good.2": ABSENT,
            "weak.1": ABSENT,
        },
        "rationale": "A probe watches.",
        "verdict": "good",
    }
)


def a_judge(model: LangChainModel) -> LLMJudge:
    return LLMJudge([model], load_prompt("grade@1"), deadline_s=5, review_below=0.6)


async def test_a_langchain_chat_model_takes_the_place_of_the_openai_adapter() -> None:
    usage = {"input_tokens": 700, "output_tokens": 60, "total_tokens": 760}
    said = AIMessage(content=REPLY, usage_metadata=usage)
    model = LangChainModel(GenericFakeChatModel(messages=iter([said])), "any-model")
    grade = await a_judge(model).grade(a_question(), Answer.of("There is a probe in the pan."))
    assert isinstance(grade, Grade)
    assert (grade.verdict, grade.judge.model) == (Verdict.GOOD, "any-model")
    assert grade.judge.usage.input_tokens == 700


async def test_its_failure_is_ungraded_not_raised() -> None:
    model = LangChainModel(FakeListChatModel(responses=[REPLY], error_on_chunk_number=0), "any")
    broken = LangChainModel(GenericFakeChatModel(messages=iter([])), "empty")
    assert isinstance(await a_judge(model).grade(a_question(), Answer.of("x probe")), Ungraded)
    result = await a_judge(broken).grade(a_question(), Answer.of("x"))
    assert isinstance(result, Ungraded)
    assert result.reason is Reason.MODEL_UNAVAILABLE


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"finish_reason": "SAFETY"}, Reason.REFUSED),
        ({"stop_reason": "refusal"}, Reason.REFUSED),
        ({"stop_reason": "max_tokens"}, Reason.MALFORMED_REPLY),
    ],
)
async def test_why_it_stopped_counts_as_with_any_server(
    metadata: dict[str, str], reason: Reason
) -> None:
    said = [AIMessage(content=REPLY, response_metadata=metadata) for _ in range(2)]
    model = LangChainModel(GenericFakeChatModel(messages=iter(said)), "any-model")
    result = await a_judge(model).grade(a_question(), Answer.of("There is a probe in the pan."))
    assert isinstance(result, Ungraded)
    assert result.reason is reason
