"""Thinking is left out, in whatever marks a model family writes it."""

import pytest

from service.llm.thinking import leave_out_thinking

HARMONY = "<|channel|>analysis<|message|>Draft.<|end|><|start|>assistant"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Plain.", "Plain."),
        ("<think>Draft.</think>Said.", "Said."),
        ("<THINK>\nDraft.\n</THINK>Said.", "Said."),
        ("<thinking>Draft.</thinking>Said.", "Said."),
        ('<think budget="9">Draft.</think>Said.', "Said."),
        ("<thought>Draft.</thought>Said.", "Said."),
        ("<reasoning>Draft.</reasoning>Said.", "Said."),
        ("<scratchpad>Draft.</scratchpad>Said.", "Said."),
        ("<seed:think>Draft.</seed:think>Said.", "Said."),
        ("<antThinking>Draft.</antThinking>Said.", "Said."),
        ("[THINK]Draft.[/THINK]Said.", "Said."),
        ("◁think▷Draft.◁/think▷Said.", "Said."),
        ("<|START_THINKING|>Draft.<|END_THINKING|>Said.", "Said."),
        ("<|begin_of_thought|>Draft.<|end_of_thought|>Said.", "Said."),
        ("<|channel>thought\nDraft.<channel|>Said.", "Said."),
        ("Draft.</think>Said.", "Said."),
        ("Said.<think>Draft.</think>", "Said."),
        ("Said.<think>Draft.", "Said."),
        ("<think>Draft.", ""),
        ("<think>One.</think>Still a draft.</think>Said.", "Said."),
        ("<think>The tag <think> opens.</think>Said.", "Said."),
        ("<think>One.</think><think>Two.</think>Said.", "Said."),
        (f"{HARMONY}<|channel|>final<|message|>Said.<|return|>", "Said."),
        (f"{HARMONY}<|channel|>final <|constrain|>json<|message|>Said.", "Said."),
        (
            f"{HARMONY}<|channel|>commentary to=functions.submit_grade "
            "<|constrain|>json<|message|>Said.<|call|>",
            "Said.",
        ),
        (f"{HARMONY}<|channel|>commentary<|message|>A preamble.<|end|>", ""),
        (HARMONY, ""),
        ("<|channel|>analysis<|message|>Draft, cut", ""),
        ("analysisDraft.assistantfinalSaid.", "Said."),
    ],
)
def test_only_what_is_said_is_left(text: str, said: str) -> None:
    assert leave_out_thinking(text) == said
