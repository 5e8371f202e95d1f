"""Training states: a step may go on from another trial, and what was reached does not change."""

import itertools
import threading

import joblib
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hpt._trial import Step, Trial
from sklearn_hpt.engine import Data, Dispatcher, Engine, Evaluation, Scoring, training_of
from sklearn_hpt.engine._states import TrainingStates

X, y = make_classification(90, 6, n_informative=4, random_state=0)
SPLITS = list(StratifiedKFold(3).split(X, y))
BACKENDS = [("sequential", 1), ("threading", 3), ("loky", 2)]
SGD = SGDClassifier(loss="log_loss", random_state=0)
ESTIMATORS = {
    "epochs": (SGD, "epochs", "alpha"),
    "pipeline": (make_pipeline(StandardScaler(), SGD), "epochs", "sgdclassifier__alpha"),
    "warm start": (
        GradientBoostingClassifier(random_state=0),
        "n_estimators",
        "min_impurity_decrease",
    ),
    "histograms": (HistGradientBoostingClassifier(random_state=0), "max_iter", "l2_regularization"),
}


class Acts:
    """A scheduler that asks for steps act by act: those of one act are under way together."""

    def __init__(self, *acts):
        self._acts = list(acts)
        self._waiting = []
        self._n_running = 0

    def ask(self):
        if not self._waiting and not self._n_running and self._acts:
            self._waiting = list(self._acts.pop(0))
        if not self._waiting:
            return None
        self._n_running += 1
        return self._waiting.pop(0)

    def tell(self, result):
        self._n_running -= 1
        return ()

    def should_continue(self, step, fold_scores):
        return True


def scores_of(kind, *acts, backend="sequential", n_jobs=1):
    """Scores of each step's folds, by trial and resource level."""
    estimator, resource, _ = ESTIMATORS[kind]
    evaluation = Evaluation(
        estimator,
        Data(X, y, SPLITS),
        Scoring(get_scorer("neg_log_loss"), error_score="raise"),
        training_of(estimator, resource, y, continues=True),
    )
    with (
        joblib.parallel_config(backend, n_jobs=n_jobs),
        Dispatcher(evaluation, None, "2*n_jobs") as runner,
    ):
        engine = Engine(
            runner,
            n_splits=3,
            objective=lambda fold: fold.test_scores,
            max_concurrent_trials=4,
        )
        results = list(engine.run(Acts(*acts)))
    return {(r.step.trial.number, r.step.resource): r.fold_scores for r in results}


def family(kind):
    """A parent's first step and its continuation, and that of a child of other parameters."""
    name = ESTIMATORS[kind][2]
    parent, child = Trial(0, {name: 1e-4}), Trial(1, {name: 0.3})
    return (
        Step(parent, (2,)),
        Step(parent, (6,), continue_from=0),
        Step(child, (4, 6), continue_from=0),
    )


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_child_trains_on_with_its_own_parameters(kind):
    first, own, childs = family(kind)
    assert scores_of(kind, [first], [childs])[1, 6] != scores_of(kind, [first], [own])[0, 6]


@pytest.mark.parametrize("kind", ESTIMATORS)
@pytest.mark.parametrize(("backend", "n_jobs"), BACKENDS)
def test_parent_and_child_go_on_alike_in_either_order(kind, backend, n_jobs):
    first, own, childs = family(kind)
    expected = scores_of(kind, [first], [own]) | scores_of(kind, [first], [childs])
    for together in itertools.permutations([own, childs]):
        scores = scores_of(kind, [first], together, backend=backend, n_jobs=n_jobs)
        assert scores == expected


def test_a_step_that_takes_the_state_over_scores_the_same():
    first, own, _ = family("epochs")
    taking = Step(own.trial, own.checkpoints, continue_from=0, takes_state=True)
    assert scores_of("epochs", [first], [taking]) == scores_of("epochs", [first], [own])


class TestTrainingStates:
    step = Step(Trial(3, {}), (1,))

    def test_are_copied_for_each_step_that_asks(self):
        states = TrainingStates(2)
        states.note(self.step, [{"n": 1}, None])
        for _ in range(2):
            given, missing = states.starting(Step(Trial(4, {}), (2,), continue_from=3))
            assert (given, missing) == ({"n": 1}, None)
            given["n"] = 2

    def test_are_gone_once_they_are_taken_over(self):
        states = TrainingStates(1)
        states.note(self.step, [{"n": 1}])
        taking = Step(Trial(3, {}), (2,), continue_from=3, takes_state=True)
        assert states.starting(taking) == [{"n": 1}]
        assert states.starting(taking) == [None]

    def test_are_freed_with_their_trial(self):
        states = TrainingStates(1)
        states.note(self.step, [{"n": 1}])
        states.free([3, 7])
        assert states.starting(Step(Trial(4, {}), (2,), continue_from=3)) == [None]

    def test_that_cannot_be_copied_are_trained_again(self):
        states = TrainingStates(1)
        states.note(self.step, [threading.Lock()])
        assert states.starting(Step(Trial(4, {}), (2,), continue_from=3)) == [None]
