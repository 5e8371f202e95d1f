"""A table of all scores on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sklearn_hpt._trial import Scores, StepResult
from sklearn_hpt.search._results import metrics_of, score_of

if TYPE_CHECKING:
    import pandas as pd


def learning_curves(results: Sequence[StepResult]) -> pd.DataFrame:
    """Return one row per trial, checkpoint and fold, sorted by trial.

    Parameters
    ----------
    results : sequence of StepResult
        All steps, those of a trial in their order.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd

    table = pd.DataFrame(_records(results))
    return table.sort_values(["trial", "resource", "split"], kind="stable", ignore_index=True)


def _records(results: Sequence[StepResult]) -> Iterator[dict[str, Any]]:
    seconds: dict[tuple[int, int], float] = defaultdict(float)
    metrics = metrics_of(
        [part for r in results for f in r.finished_folds for part in f.checkpoints]
    )
    for result in results:
        number = result.step.trial.number
        for split, fold in enumerate(result.finished_folds):
            for resource, part in zip(result.step.checkpoints, fold.checkpoints, strict=True):
                seconds[number, split] += part.fit_time
                yield {
                    "trial": number,
                    "resource": resource,
                    "split": split,
                    **_columns("test", part.test_scores, metrics),
                    **_columns("train", part.train_scores, metrics),
                    **_columns("validation", part.validation_scores, metrics),
                    "time": seconds[number, split],
                }


def _columns(part: str, scores: Scores | None, metrics: Sequence[str]) -> dict[str, float]:
    if scores is None:
        return {}
    return {f"{part}_{metric}": score_of(scores, metric) for metric in metrics}
