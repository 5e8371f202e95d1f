"""What a search prints while it runs."""

from __future__ import annotations

from collections.abc import Mapping

from sklearn_hpt._trial import FoldResult, Scores, Step
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
        scores.
    """

    def __init__(self, plan: Plan, verbose: int) -> None:
        self._verbose = verbose
        self._n_splits = plan.data.n_splits
        n_fits = (plan.n_steps or plan.n_trials) * self._n_splits
        print(  # noqa: T201  as scikit-learn's own searchers do
            f"Fitting {self._n_splits} folds for each of {plan.n_trials} candidates,"
            f" totalling {n_fits} fits"
        )

    def fold_finished(self, step: Step, fold: int, result: FoldResult) -> None:
        """Report a fold."""
        if self._verbose < 2:
            return
        resource = {} if step.resource is None else {"resource": step.resource}
        params = {**step.trial.params, **resource}
        described = ", ".join(f"{name}={value}" for name, value in sorted(params.items()))
        scores = f", score={_described(result.test_scores)}" if self._verbose > 2 else ""
        seconds = sum(part.fit_time + part.score_time for part in result.checkpoints)
        print(  # noqa: T201  as scikit-learn's own searchers do
            f"[CV {fold + 1}/{self._n_splits}] END {described}{scores}; total time={seconds:.1f}s"
        )


def _described(scores: Scores) -> str:
    if not isinstance(scores, Mapping):
        return f"{scores:.3f}"
    return "(" + ", ".join(f"{name}={value:.3f}" for name, value in scores.items()) + ")"
