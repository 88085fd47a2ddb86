"""Read what people wrote about their own practice, as cases: the corpus `practice`.

Its lines hold question_id, answer, verdict, also_defensible, signals, source and licence. Passages
of one repository always come together, so that none is trained on and measured by.
`python -m evals.embedded.people CORPUS_FILE FOLDER` writes a file's passages as golden cases, for
`probewise eval run --golden FOLDER`.
"""

import argparse
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from service.evaluation.cases.case import Case, SignalLabel, write_golden
from service.judging.models import SignalStatus

__all__ = ["Passage", "draw_share", "read_passages"]

Passage = tuple[str, Case]
"""The repository of a passage, and the passage as a case."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="JSON Lines, such as practice/test.jsonl")
    parser.add_argument("folder", type=Path, help="for the golden file")
    arguments = parser.parse_args()
    cases = [case for _, case in read_passages(arguments.file, "test")]
    write_golden(cases, arguments.folder / f"{arguments.file.stem}.yaml")
    print(f"{len(cases)} cases: probewise eval run --golden {arguments.folder}")


def read_passages(file: Path, split: Literal["dev", "test", "train"] = "train") -> list[Passage]:
    """Read the passages of one file; quotes that are not in their passage are left out."""
    records = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    return [
        (
            record["source"].partition(":")[0],
            Case(
                id=f"people-{record['id']}".lower(),
                question_id=record["question_id"],
                answer=record["answer"],
                verdict=record["verdict"],
                also_defensible=record["also_defensible"],
                signals=_label(record.get("signals") or {}, record["answer"]),
                split=split,
                why=f"{record['readers']} readers; from {record['source']} ({record['licence']})",
            ),
        )
        for record in records
    ]


def draw_share(name: str, share: float) -> bool:
    """Draw this share of all names; the same ones each time."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF < share


def _label(signals: Mapping[str, Mapping[str, Any]], answer: str) -> dict[str, SignalLabel]:
    found = {}
    for name, said in signals.items():
        status, quotes = SignalStatus(said["status"]), _list_quotes(said)
        if status is not SignalStatus.ABSENT and (held := [q for q in quotes if q in answer]):
            found[name] = SignalLabel(status=status, quotes=tuple(held))
    return found


def _list_quotes(said: Mapping[str, Any]) -> Iterable[str]:
    return [said["quote"]] if said.get("quote") else said.get("quotes", ())


if __name__ == "__main__":
    main()
