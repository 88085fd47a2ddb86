"""Asking for one reply: the next model, the one repair, and what is left of both."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from service.errors import MalformedReply, ModelRefused, ModelUnavailable
from service.llm.ask import CheckedReply, ModelReply, ModelRequest, ask_models
from service.llm.chat import Completion, Message, OutputSchema, Token, Usage
from tests.fakes import FakeChatModel

pytestmark = pytest.mark.anyio

OUTPUT = OutputSchema(name="number", purpose="name a number", schema={"type": "object"})
ASKED = [Message("user", "A number below ten?")]
DOWN = ModelUnavailable("down")
REFUSED = ModelRefused("the model declined to name a number")


def check(text: str) -> CheckedReply[int]:
    """A number is a reply; one of ten or more breaks a rule."""
    try:
        number = int(text)
    except ValueError as error:
        raise MalformedReply([f"{text} is no number"]) from error
    return CheckedReply(number, () if number < 10 else (f"{number} is too much",))


def write_repair(reply: str, faults: Sequence[str]) -> list[Message]:
    return [Message("assistant", reply), Message("user", "; ".join(faults))]


REQUEST = ModelRequest(messages=ASKED, output=OUTPUT, check=check, write_repair=write_repair)


async def ask(*models: FakeChatModel, seconds: float = 60) -> ModelReply[int]:
    deadline = asyncio.get_running_loop().time() + seconds
    return await ask_models(models, REQUEST, deadline=deadline)


async def test_a_reply_that_keeps_the_rules_is_the_result() -> None:
    model = FakeChatModel("7")
    reply = await ask(model)
    assert (reply.result, reply.faults) == (7, ())
    assert model.asked == [ASKED]
    assert model.outputs == [OUTPUT]


@pytest.mark.parametrize(("text", "fault"), [("12", "12 is too much"), ("x", "x is no number")])
async def test_a_faulty_reply_goes_back_to_the_same_model_with_its_faults(
    text: str, fault: str
) -> None:
    model, other = FakeChatModel(text, "3"), FakeChatModel()
    assert (await ask(model, other)).result == 3
    assert model.asked == [ASKED, [*ASKED, Message("assistant", text), Message("user", fault)]]
    assert not other.asked


async def test_a_fault_that_stays_comes_with_the_result() -> None:
    reply = await ask(FakeChatModel("12", "11"))
    assert (reply.result, reply.faults) == (11, ("11 is too much",))


async def test_a_readable_first_reply_is_worth_more_than_an_unreadable_repair() -> None:
    reply = await ask(FakeChatModel("12", "x"))
    assert (reply.result, reply.faults) == (12, ("12 is too much",))
    assert len(reply.completions) == 2


async def test_two_unreadable_replies_are_none_whatever_other_models_would_say() -> None:
    other = FakeChatModel("3")
    with pytest.raises(MalformedReply, match="y is no number") as caught:
        await ask(FakeChatModel("x", "y"), other)
    assert caught.value.reasons == ("y is no number",)
    assert not other.asked


@pytest.mark.parametrize("failure", [DOWN, REFUSED])
async def test_a_first_reply_that_can_be_kept_survives_a_failed_repair(failure: Exception) -> None:
    other = FakeChatModel("3")
    reply = await ask(FakeChatModel("12", failure), other)
    assert (reply.result, reply.faults, len(reply.completions)) == (12, ("12 is too much",), 1)
    assert not other.asked


async def test_where_nothing_can_be_kept_a_failed_repair_leads_to_the_next_model() -> None:
    assert (await ask(FakeChatModel("x", DOWN), FakeChatModel("3"))).result == 3


async def test_the_next_model_is_asked_the_same_when_one_is_unavailable() -> None:
    up = FakeChatModel("3")
    assert (await ask(FakeChatModel(DOWN), up)).result == 3
    assert up.asked == [ASKED]


async def test_the_last_failure_is_told_when_every_model_is_unavailable() -> None:
    busy = ModelUnavailable("busy", retry_after_s=9)
    with pytest.raises(ModelUnavailable, match="busy") as caught:
        await ask(FakeChatModel(DOWN), FakeChatModel(busy))
    assert caught.value.retry_after_s == 9
    with pytest.raises(ModelUnavailable, match="no model is configured"):
        await ask()


async def test_a_refusal_ends_it_at_once() -> None:
    other = FakeChatModel("3")
    with pytest.raises(ModelRefused):
        await ask(FakeChatModel(REFUSED), other)
    assert not other.asked


async def test_models_share_the_time_that_is_left_and_a_repair_gets_no_more() -> None:
    first, second = FakeChatModel("x", DOWN), FakeChatModel("3")
    started = asyncio.get_running_loop().time()
    await ask(first, second, seconds=100)
    assert first.deadlines == [pytest.approx(started + 50, abs=1)] * 2
    assert second.deadlines == [pytest.approx(started + 100, abs=1)]


def a_completion(text: str, cost_usd: float | None, model: str = "m") -> Completion:
    usage = Usage(input_tokens=100, cached_input_tokens=50, output_tokens=20)
    tokens = (Token(text, 0.0),)
    return Completion(text, model, usage=usage, cost_usd=cost_usd, tokens=tokens, attempts=2)


async def test_usage_attempts_and_cost_of_all_rounds_are_added_up() -> None:
    reply = await ask(FakeChatModel(a_completion("x", 0.25, "m-1"), a_completion("3", 0.5, "m-2")))
    assert reply.usage == Usage(input_tokens=200, cached_input_tokens=100, output_tokens=40)
    assert (reply.model, reply.attempts, reply.cost_usd) == ("m-2", 4, 0.75)
    assert [completion.tokens[0].text for completion in reply.completions] == ["x", "3"]


async def test_a_round_without_a_price_leaves_none_to_the_whole() -> None:
    reply = await ask(FakeChatModel(a_completion("x", None), a_completion("3", 0.5)))
    assert reply.cost_usd is None


async def test_a_reply_that_cannot_be_checked_is_not_swallowed() -> None:
    def broken(text: str) -> CheckedReply[int]:
        return CheckedReply(json.loads(text)["number"])

    request = ModelRequest(messages=ASKED, output=OUTPUT, check=broken, write_repair=write_repair)
    with pytest.raises(KeyError):
        await ask_models([FakeChatModel({"other": 1})], request, deadline=1e9)


async def test_what_is_sent_back_for_repair_is_cut() -> None:
    model = FakeChatModel("x" * 50_000, "3")
    assert (await ask(model)).result == 3
    sent_back = model.asked[1][-2].text
    assert len(sent_back) < 9_000 and sent_back.endswith("[cut]")


@pytest.mark.parametrize("text", ["", "<think>The verdict may be 3"])
async def test_a_reply_that_was_cut_before_it_began_is_not_asked_for_again(text: str) -> None:
    model = FakeChatModel(Completion(text, "m", is_cut=True))
    with pytest.raises(MalformedReply, match="the token limit cut the reply") as caught:
        await ask(model)
    assert not caught.value.is_repaired
    assert len(model.asked) == 1


async def test_a_reply_that_was_cut_is_never_the_result() -> None:
    cut = Completion("3", "m", is_cut=True)
    assert (await ask(FakeChatModel(cut, "4"))).result == 4
    with pytest.raises(MalformedReply, match="cut off") as caught:
        await ask(FakeChatModel(cut, cut))
    assert caught.value.is_repaired


async def test_a_refusal_in_prose_ends_it_at_once() -> None:
    model = FakeChatModel("I'm sorry, but I can't help with that.", "3")
    with pytest.raises(ModelRefused):
        await ask(model)
    assert len(model.asked) == 1


async def test_a_repair_too_large_to_read_leaves_the_first_reply() -> None:
    oversized = MalformedReply(["too large"])
    with pytest.raises(MalformedReply, match="too large"):
        await ask(FakeChatModel("x", oversized))
