"""What a search prints while it runs."""

from __future__ import annotations

from collections.abc import Mapping

from sklearn_hpt._trial import FoldResult, Step
from sklearn_hpt.engine import Observer
from sklearn_hpt.search._plan import Plan


class Messages(Observer):
    """Prints how much there is to do and, if asked to say more, what each fold scored.

    Parameters
    ----------
    plan : Plan
        What is to be done.
    verbose : int
        1 says how much there is to do; from 2 on each fold is reported, from 3 on with its
        scores, from 10 on when it is begun as well.
    """

    def __init__(self, plan: Plan, verbose: int) -> None:
        self._verbose = verbose
        self._n_splits = plan.data.n_splits
        n_fits = (plan.n_steps or plan.n_trials) * self._n_splits
        _say(
            f"Fitting {self._n_splits} folds for each of {plan.n_trials} candidates,"
            f" totalling {n_fits} fits"
        )

    def fold_started(self, step: Step, fold: int, is_local: bool) -> None:
        """Report that a fold is begun."""
        if self._verbose > 9:
            _say(f"[CV {fold + 1}/{self._n_splits}] START {_params(step)}")

    def fold_finished(self, step: Step, fold: int, result: FoldResult) -> None:
        """Report what a fold scored."""
        if self._verbose < 2:
            return
        scores = f", {_scores(result)}" if self._verbose > 2 else ""
        seconds = sum(part.fit_time + part.score_time for part in result.checkpoints)
        _say(
            f"[CV {fold + 1}/{self._n_splits}] END {_params(step)}{scores}; "
            f"total time={seconds:.1f}s"
        )


def _say(message: str) -> None:
    print(message)  # noqa: T201  as scikit-learn's own searchers do


def _params(step: Step) -> str:
    resource = {} if step.resource is None else {"resource": step.resource}
    params = {**step.trial.params, **resource}
    return ", ".join(f"{name}={value}" for name, value in sorted(params.items()))


def _scores(result: FoldResult) -> str:
    test_scores, train_scores = result.test_scores, result.train_scores
    if not isinstance(test_scores, Mapping):
        if train_scores is None:
            return f"score={test_scores:.3f}"
        return f"score=(train={train_scores:.3f}, test={test_scores:.3f})"
    parts = []
    for metric, score in sorted(test_scores.items()):
        of_train = (
            f"train={train_scores[metric]:.3f}, " if isinstance(train_scores, Mapping) else ""
        )
        parts.append(f"{metric}: ({of_train}test={score:.3f})")
    return " ".join(parts)
