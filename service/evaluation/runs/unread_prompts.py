"""The prompts that a run without an LLM does not read, so that an edit of one is not missed."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from service.judging.verdict_definitions import PROMPTS

__all__ = ["describe_prompt_edit", "digest_prompts"]

_IN_USE = "in use"


def digest_prompts(in_use: str, folder: Path = PROMPTS) -> dict[str, str]:
    """Map the name of each prompt to a digest of its file, and `in use` to the configured one.

    The files are not parsed: that takes packages which a run of the embedded judge does without.
    """
    files = sorted(folder.glob("*@*.yaml"))
    digests = {file.stem: hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files}
    return {_IN_USE: in_use, **digests}


def describe_prompt_edit(before: Mapping[str, str], after: Mapping[str, str]) -> str | None:
    """Say which prompts differ, and that no figure shows it; None if none does or it is unknown."""
    if not before or not after:
        return None
    changed = [
        name
        for name in sorted(before.keys() | after.keys())
        if name != _IN_USE and before.get(name) != after.get(name)
    ]
    if before[_IN_USE] != after[_IN_USE]:
        changed.append(f"{before[_IN_USE]} -> {after[_IN_USE]} in use")
    if not changed:
        return None
    return (
        f"prompt edited ({', '.join(changed)}): nothing that this judge measures reads a prompt, "
        "so no figure here shows what the edit does; run with --judge llm"
    )
