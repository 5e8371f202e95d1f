"""Tune a pipeline with BayesSearch and with scikit-learn's RandomizedSearchCV."""

import pandas as pd
from scipy.stats import loguniform
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hpt import BayesSearch

PARAM_DISTRIBUTIONS = {
    "svc__C": loguniform(1e-3, 1e4),
    "svc__gamma": loguniform(1e-6, 1e1),
    "svc__class_weight": [None, "balanced"],
}


def main():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    pipeline = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    searches = {}
    for searcher in (RandomizedSearchCV, BayesSearch):
        search = searcher(
            pipeline,
            PARAM_DISTRIBUTIONS,
            n_iter=30,
            cv=StratifiedKFold(5, shuffle=True, random_state=0),
            n_jobs=2,
            random_state=0,
        )
        searches[searcher.__name__] = search.fit(X, y)

    print("Best mean accuracy of 5 folds, after 30 x 5 fits:")
    for name, search in searches.items():
        print(f"    {name:<20}{search.best_score_:.4f}")

    print("\nBest parameters found by BayesSearch:")
    for name, value in search.best_params_.items():
        print(f"    {name:<20}{value}")

    print("\nThe first rows of its cv_results_:")
    columns = [*map("param_{}".format, PARAM_DISTRIBUTIONS), "mean_test_score", "rank_test_score"]
    results = pd.DataFrame(search.cv_results_)
    print(results[columns].head().to_string(float_format="{:.4g}".format))


if __name__ == "__main__":
    main()
