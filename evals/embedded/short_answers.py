"""Grade a public corpus with three labels: `python -m evals.embedded.short_answers CORPUS_FILE`.

The questions are none of ours and the corpus is not trained on, so this shows how the embedded
judge does with signals it never saw. It is compared with always giving the commonest label.
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from evals.embedded.corpora import ShortAnswer, question_of, read_corpus
from service.evaluation.metrics.statistics import compute_macro_f1, estimate_share
from service.judging.embedded.embedded_judge import EmbeddedJudge
from service.judging.embedded.onnx_model import BUILT_IN, OnnxScorer
from service.judging.models import Answer, Verdict

LABELS = ("correct", "partial", "incorrect")
_OF_VERDICT = {Verdict.GOOD: 0, Verdict.PARTIAL: 1, Verdict.WEAK: 2, Verdict.UNANSWERED: 2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="JSON Lines, such as saf_networks/test_uq.jsonl")
    parser.add_argument("--model", type=Path, default=BUILT_IN, help="folder of the model")
    arguments = parser.parse_args()
    judge = EmbeddedJudge(lambda: OnnxScorer(arguments.model))
    confusion = np.zeros((len(LABELS), len(LABELS)))
    for answer in read_corpus(arguments.file):
        if answer.answer.strip():
            grade = judge.grade_now(question_of(answer), Answer.of(answer.answer))
            confusion[_label(answer), _OF_VERDICT[grade.verdict]] += 1
    total, right = int(confusion.sum()), int(np.trace(confusion))
    accuracy = estimate_share(right, total)
    print(f"{arguments.file}: {total} answers, of them {_shares(confusion)}")
    print(f"accuracy {accuracy.value:.3f} ({accuracy.low:.3f} to {accuracy.high:.3f})")
    print(f"macro F1 {float(compute_macro_f1(confusion)):.3f}")
    print(f"always the commonest label: {confusion.sum(1).max() / total:.3f}")


def _label(answer: ShortAnswer) -> int:
    return {"correct": 0, "partially_correct_incomplete": 1}.get(answer.label, 2)


def _shares(confusion: np.ndarray) -> str:
    counts = Counter(dict(zip(LABELS, confusion.sum(1).astype(int), strict=True)))
    return ", ".join(f"{count} {label}" for label, count in counts.most_common())


if __name__ == "__main__":
    main()
