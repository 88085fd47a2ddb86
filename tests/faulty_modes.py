"""More than ninety ways in which a server misbehaves, and what is right in each.

All grade `ANSWER` to `QUESTION_ID`; what a model says of it, where it says anything, is `WEAK`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.judging.models import Verdict
from service.reasons import Reason
from tests.faulty_server import (
    Behaviour,
    Response,
    a_completion,
    dropped_mid_body,
    empty_body,
    gzip_bomb,
    gzipped,
    html_page,
    json_object_refused,
    not_json,
    option_refused,
    parameter_refused,
    raw,
    redirect,
    refusal,
    reply,
    schema_broken,
    schema_refused,
    slow,
    status,
    tool_reply,
    tools_refused,
    truncated,
)

__all__ = ["ANSWER", "MODES", "QUESTION_ID", "WEAK", "Mode", "a_case_file"]

QUESTION_ID = "data-engineering.3"
ANSWER = "We run full loads every night."
CASES = Path(__file__).parent / "llm" / "cases"

UNAVAILABLE, MALFORMED, REFUSED, *_ = Reason


@dataclass(frozen=True)
class Mode:
    """One way to misbehave: what comes of every answer, and of how many calls at most."""

    name: str
    script: tuple[Behaviour, ...]
    expected: Verdict | Reason
    calls: int = 1
    settings: tuple[tuple[str, str], ...] = ()


def a_verdict(verdict: str = "weak", status: str = "shown", **changes: Any) -> str:
    absent = {"status": "absent", "quote": ""}
    signals = {f"good.{n}": absent for n in (1, 2, 3)}
    signals["weak.1"] = {"status": status, "quote": "full loads"}
    rationale = "They copy the tables in full."
    return json.dumps({"signals": signals, "rationale": rationale, "verdict": verdict} | changes)


WEAK = a_verdict()
DRAFT = a_verdict("unanswered", "absent")  # what must never become the verdict


def a_case_file(name: str) -> Response:
    """One of the recorded replies of real servers, in tests/llm/cases."""
    recorded = json.loads((CASES / f"{name}.json").read_text("utf-8"))
    return raw(recorded["body"], code=recorded["status"])


def message(**fields: Any) -> dict[str, Any]:
    return {"role": "assistant", **fields}


def called(*functions: Any, **more: Any) -> Response:
    """A completion that calls these functions, whatever they are."""
    calls = [
        {"id": "x", "type": "function", "function": function, **more} for function in functions
    ]
    return a_completion(message(content=None, tool_calls=calls), "tool_calls")


def an_error(text: str, code: object = None, **more: Any) -> dict[str, Any]:
    return {"error": {"message": text, "type": "invalid_request_error", "code": code, **more}}


def with_usage(**usage: Any) -> Response:
    return a_completion(message(content=WEAK), usage={"prompt_tokens": 9, **usage})


def with_logprobs(logprobs: Any) -> Response:
    choice = {"message": message(content=WEAK), "finish_reason": "stop", "logprobs": logprobs}
    return raw({"choices": [choice], "model": "test-model"})


def a_token(logprob: Any) -> dict[str, Any]:
    return {"content": [{"token": WEAK, "logprob": logprob, "top_logprobs": []}]}


def weak(name: str, *script: Behaviour, calls: int = 1, **settings: str) -> Mode:
    """A mode in which the model does give its verdict."""
    return Mode(name, script, Verdict.WEAK, calls, tuple(settings.items()))


def none(name: str, reason: Reason, *script: Behaviour, calls: int = 1, **settings: str) -> Mode:
    """A mode in which no verdict may come of it."""
    return Mode(name, script, reason, calls, tuple(settings.items()))


LOGPROBS_403 = option_refused("logprobs", 403, a_case_file("llm-logprobs403").body.decode())
ECHOING_422 = option_refused(
    "logprobs",
    422,
    {
        "detail": [
            {
                "loc": ["body", "logprobs"],
                "msg": "Extra inputs are not permitted",
                "input": {"temperature": 0, "response_format": {"type": "json_schema"}},
            }
        ]
    },
)
WRAPPED = an_error("Provider returned error", 400, metadata={"raw": "`logprobs` is not supported"})
AZURE = an_error("The response was filtered", None, innererror={"code": "ResponsibleAIPolicy"})
MODERATED = an_error("Your input was flagged", 403, metadata={"reasons": ["violence"]})
DEEP = '{"a":' * 20_000 + "1" + "}" * 20_000
LONG_NUMBER = '{"signals": ' + "9" * 6_000 + "}"
CHUNKS = [{"type": "thinking", "thinking": DRAFT}, {"type": "text", "text": WEAK}]

OPTIONS = [
    weak("plain", reply(WEAK)),
    weak("logprobs 403", LOGPROBS_403, reply(WEAK), calls=2),
    weak(
        "temperature 400, then logprobs 403",
        parameter_refused("temperature"),
        LOGPROBS_403,
        reply(WEAK),
        calls=3,
    ),
    weak("logprobs 422 with the request repeated", ECHOING_422, reply(WEAK), calls=2),
    weak(
        "logprobs 404",
        option_refused("logprobs", 404, an_error("No endpoint supports logprobs")),
        reply(WEAK),
        calls=2,
    ),
    weak(
        "logprobs in a gateway's error",
        option_refused("logprobs", 400, WRAPPED),
        reply(WEAK),
        calls=2,
    ),
    weak(
        "log probabilities 401 in prose",
        option_refused("logprobs", 401, "log probabilities are not part of your plan"),
        reply(WEAK),
        calls=3,
    ),
    weak("top_logprobs alone", parameter_refused("top_logprobs"), reply(WEAK), calls=2),
    weak("strict schema 400", schema_refused, tool_reply(WEAK), calls=2),
    weak("no schema, no tools", schema_refused, tools_refused, reply(WEAK), calls=3),
    weak("only text", schema_refused, tools_refused, json_object_refused, reply(WEAK), calls=4),
    weak("strict schema 500", schema_broken, tool_reply(WEAK), calls=2),
    weak("strict schema 500, no tools", schema_broken, tools_refused, reply(WEAK), calls=3),
    none("a wrong key", UNAVAILABLE, status(401)),
    none("no right to the model", UNAVAILABLE, raw(an_error("Access is restricted"), code=403)),
    none("no such model", UNAVAILABLE, raw(an_error("The model was not found"), code=404)),
    none("400 to everything", UNAVAILABLE, status(400), calls=5),
    none(
        "too long for the model",
        UNAVAILABLE,
        raw(an_error("too long", "context_length_exceeded"), code=400),
    ),
    none("500 to everything", UNAVAILABLE, status(500), calls=2),
    none("503 to everything", UNAVAILABLE, status(503)),
    none("429 for a minute", UNAVAILABLE, status(429, headers={"retry-after": "60"})),
    none("an error that is a list", UNAVAILABLE, raw([[["no"]]], code=400), calls=5),
    none("an error nested deeply", UNAVAILABLE, raw(DEEP, code=400), calls=5),
    weak("503 once", status(503), reply(WEAK), calls=2, PROBEWISE_MAX_ATTEMPTS="2"),
]
SHAPES = [
    weak("content in chunks", a_case_file("llm-content-chunks")),
    weak("content in chunks of text", a_completion(message(content=[WEAK[:9], WEAK[9:]]))),
    weak("content and thinking chunks", a_completion(message(content=CHUNKS))),
    none("content an object", UNAVAILABLE, a_completion(message(content=json.loads(WEAK)))),
    none("content a number", UNAVAILABLE, a_completion(message(content=7))),
    none("content true", UNAVAILABLE, a_completion(message(content=True))),
    none("content a list of numbers", UNAVAILABLE, a_completion(message(content=[1, 2]))),
    none("content an image", UNAVAILABLE, a_completion(message(content=[{"type": "image_url"}]))),
    none("content null", MALFORMED, a_completion(message(content=None)), calls=2),
    none("message empty", MALFORMED, a_completion({}), calls=2),
    none("message null", UNAVAILABLE, a_completion(None)),
    none("message a string", UNAVAILABLE, a_completion(WEAK)),
    none("message missing", UNAVAILABLE, raw({"choices": [{"finish_reason": "stop"}]})),
    none("message a list", UNAVAILABLE, a_completion([WEAK])),
    none("choices an object", UNAVAILABLE, raw({"choices": {"message": {"content": WEAK}}})),
    none("choices a string", UNAVAILABLE, raw({"choices": WEAK})),
    none("choices [null]", UNAVAILABLE, raw({"choices": [None]})),
    none("choices [string]", UNAVAILABLE, raw({"choices": [WEAK]})),
    none("choices []", UNAVAILABLE, raw({"choices": []})),
    none("choices null", UNAVAILABLE, raw({"choices": None})),
    none("the body a list", UNAVAILABLE, raw([json.loads(WEAK)])),
    none("the body the verdict itself", UNAVAILABLE, raw(WEAK)),
    none("the body null", UNAVAILABLE, raw(None)),
    none("an error under 200", UNAVAILABLE, raw(an_error("overloaded", 529))),
    none("server-sent events", UNAVAILABLE, raw(f"data: {WEAK}\n\ndata: [DONE]\n\n")),
    none("a proxy's page", UNAVAILABLE, html_page),
    none("not JSON", UNAVAILABLE, not_json),
    none("an empty body", UNAVAILABLE, empty_body),
    none("half a body", UNAVAILABLE, dropped_mid_body(WEAK)),
    none("a body nested deeply", UNAVAILABLE, raw(DEEP)),
    none("a body not in UTF-8", UNAVAILABLE, raw(b'{"choices": "\xff\xfe"}')),
    none("no reply in time", UNAVAILABLE, slow(9, reply(WEAK)), PROBEWISE_REQUEST_TIMEOUT_S="0.2"),
    none("finish_reason a number", UNAVAILABLE, a_completion(message(content=WEAK), 1)),
    none("finish_reason error", UNAVAILABLE, a_completion(message(content=WEAK), "error")),
    weak("finish_reason missing", a_completion(message(content=WEAK), None)),
    weak("finish_reason STOP", a_completion(message(content=WEAK), "STOP")),
    weak("tool arguments an object", schema_refused, a_case_file("llm-tool-args-object"), calls=2),
    none("tool arguments null", UNAVAILABLE, called({"name": "submit_grade", "arguments": None})),
    none("tool function null", UNAVAILABLE, called(None)),
    none("tool call null", UNAVAILABLE, a_completion(message(tool_calls=[None]), "tool_calls")),
    none("tool calls an object", UNAVAILABLE, a_completion(message(tool_calls={"a": WEAK}))),
    weak("tool call without id and type", called({"arguments": WEAK}, id=None, type=None)),
    weak(
        "tool call of old",
        a_completion(message(function_call={"arguments": WEAK}), "function_call"),
    ),
    none("two tool calls", MALFORMED, called({"arguments": WEAK}, {"arguments": DRAFT}), calls=2),
    weak("usage of texts", with_usage(completion_tokens="many")),
    weak("usage negative", with_usage(completion_tokens=-5)),
    weak("usage of 1e308", with_usage(completion_tokens=1e308)),
    weak("usage a string", a_completion(message(content=WEAK), usage="much")),
    weak("usage of 6,000 digits", raw(reply(WEAK).body.replace(b"120", b"9" * 6_000))),
    weak("cost NaN", with_usage(completion_tokens=5, cost=float("nan"))),
    weak("cost infinite", with_usage(completion_tokens=5, cost=float("inf"))),
    weak("cost of 1e308", with_usage(completion_tokens=5, cost=1e308)),
    weak("cost negative", with_usage(completion_tokens=5, cost=-1)),
    weak("cost a text", with_usage(completion_tokens=5, cost="$1")),
    weak("model a number", a_completion(message(content=WEAK), model=5)),
    weak("model half a surrogate pair", a_completion(message(content=WEAK), model="a\ud800\0")),
    weak("a log-probability of 900", with_logprobs(a_token(900))),
    weak("a log-probability NaN", with_logprobs(a_token(float("nan")))),
    weak("a log-probability of text", with_logprobs(a_token("-0.1"))),
    weak("log-probabilities a string", with_logprobs("none")),
    weak("log-probabilities of old", with_logprobs({"tokens": ["a"], "token_logprobs": [-1]})),
]
THINKING = [
    none(
        "a draft, cut in its thinking", MALFORMED, reply(f"<think>{DRAFT}", finish_reason="length")
    ),
    none("a draft, its thinking unclosed", MALFORMED, reply(f"<think>So {DRAFT} or"), calls=2),
    none("a draft in <thinking>", MALFORMED, reply(f"<thinking>{DRAFT}</thinking>"), calls=2),
    none("a draft in [THINK]", MALFORMED, reply(f"[THINK]{DRAFT}[/THINK]"), calls=2),
    none(
        "harmony without a final channel",
        MALFORMED,
        reply(f"<|channel|>analysis<|message|>{DRAFT}<|end|>"),
        calls=2,
    ),
    none(
        "a draft in reasoning_content",
        MALFORMED,
        a_completion(message(content="", reasoning_content=DRAFT)),
        calls=2,
    ),
    weak("<thinking>, then the verdict", reply(f"<thinking>{DRAFT}</thinking>{WEAK}")),
    weak("[THINK], then the verdict", reply(f"[THINK]Or {DRAFT}[/THINK]\n{WEAK}")),
    weak("◁think▷, then the verdict", reply(f"◁think▷Or {DRAFT}◁/think▷\n{WEAK}")),
    weak("thinking closed and never opened", a_case_file("llm-close-think")),
    weak("harmony", a_case_file("llm-harmony")),
    weak("harmony without its marks", reply(f"analysisMaybe {DRAFT}assistantfinal{WEAK}")),
    none("cut at the token limit", MALFORMED, truncated(WEAK, 60), calls=2),
    none("whole, and yet cut", MALFORMED, reply(WEAK, finish_reason="length"), calls=2),
    none("cut before it began", MALFORMED, a_case_file("llm-length-empty")),
    none("MAX_TOKENS without a message", MALFORMED, a_completion(None, "MAX_TOKENS")),
    none("an example", MALFORMED, reply(f"An example would be: {DRAFT}"), calls=2),
    none("a second thought", MALFORMED, reply(f"{DRAFT}\nWait, that is wrong."), calls=2),
    none("amid much prose", MALFORMED, reply(f"{'So it is. ' * 40}{DRAFT}"), calls=2),
    none("two verdicts", MALFORMED, reply(DRAFT + WEAK), calls=2),
    weak("a short preface and a fence", reply(f"Here it is:\n```json\n{WEAK}\n```")),
]
REFUSALS = [
    none("finish_reason SAFETY", REFUSED, a_case_file("llm-safety")),
    none("PROHIBITED_CONTENT, message null", REFUSED, a_case_file("llm-null-message")),
    none("Azure's content filter", REFUSED, a_case_file("llm-azure-content-filter")),
    none("Azure's inner code", REFUSED, raw(AZURE, code=400)),
    none("moderation 403", REFUSED, raw(MODERATED, code=403)),
    none("a blocked prompt", REFUSED, raw({"promptFeedback": {"blockReason": "OTHER"}})),
    none("a filter's error under 200", REFUSED, raw(an_error("no", "content_filter"))),
    none("content_filter", REFUSED, reply("", finish_reason="content_filter")),
    none("content_filter after half", REFUSED, reply(WEAK, finish_reason="content_filter")),
    none("message.refusal", REFUSED, refusal("No.")),
    none("prose", REFUSED, reply("I'm sorry, but I can't help with that.")),
    none("prose with a form", REFUSED, reply(f"I can't grade this; the format would be {DRAFT}")),
]
COSTS = [
    none("5 MB", MALFORMED, reply("x" * 5_000_000)),
    none("200,000 characters", MALFORMED, reply("x" * 200_000), calls=2),
    none("a gzip bomb", MALFORMED, gzip_bomb(64)),
    none(
        "a gzip bomb under 500",
        MALFORMED,
        Response(gzip_bomb(64).body, 500, {"content-encoding": "gzip"}),
    ),
    weak("packed", gzipped(reply(WEAK))),
    none(
        "packed in a way unknown", UNAVAILABLE, raw(b"\x8b\x02", headers={"content-encoding": "br"})
    ),
    none("a redirect loop", UNAVAILABLE, redirect("/v1/chat/completions"), calls=3),
    none(
        "a redirect to another server",
        UNAVAILABLE,
        redirect("http://127.0.0.2:9/v1/chat/completions"),
    ),
    weak("a redirect to itself", redirect("/v1/chat/completions", 308), reply(WEAK), calls=2),
    none("half a surrogate pair", MALFORMED, reply('{"verdict": "\ud800'), calls=2),
]
JSON = [
    weak("a trailing comma", a_case_file("llm-trailing-comma")),
    weak("a tool call as text", a_case_file("llm-tool-call-in-text")),
    weak("a tool call as text, bare", reply(f'{{"name": "submit_grade", "parameters": {WEAK}}}')),
    weak("capitals", reply(a_verdict("Weak", "SHOWN"))),
    weak("a further field", reply(a_verdict(confidence=0.9, note="sure"))),
    weak("a line break in a string", reply(WEAK.replace("They copy", "They\ncopy"))),
    none("a second verdict beside the first", MALFORMED, reply(a_verdict(final="good")), calls=2),
    none("a verdict off the list", MALFORMED, reply(a_verdict("poor")), calls=2),
    none("broken JSON", MALFORMED, reply(WEAK.replace('"good.2":', '"good.2"')), calls=2),
    none("a number of 6,000 digits", MALFORMED, reply(LONG_NUMBER), calls=2),
    none("a reply nested deeply", MALFORMED, reply(DEEP), calls=2),
    none("a field twice", MALFORMED, reply('{"verdict": "good", "verdict": "weak"}'), calls=2),
    none("nothing but prose", MALFORMED, reply("The answer is weak."), calls=2),
    none("a quote of nobody", Reason.NO_EVIDENCE, reply(a_verdict("good", "absent")), calls=2),
]
MODES = (*OPTIONS, *SHAPES, *THINKING, *REFUSALS, *COSTS, *JSON)
