"""Search features and hyperparameters together with GeneticSearch.

To the 30 features of the breast cancer data 30 columns of noise are added. The search chooses a
subset of the 60 beside the model's parameters: first for accuracy alone, then for accuracy and few
features at once, which gives a front of compromises instead of a single best.
"""

import numpy as np
import pandas as pd
from scipy.stats import loguniform
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hpt import FeatureMask, GeneticSearch, Subset

N_NOISE = 30


def noisy_data():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    noise = np.random.default_rng(0).normal(size=(len(X), N_NOISE))
    names = [f"noise {i}" for i in range(N_NOISE)]
    return pd.concat([X, pd.DataFrame(noise, columns=names)], axis=1), y


def accuracy_and_size(estimator, X, y):
    n_selected = estimator.named_steps["featuremask"].get_support().sum()
    return {"accuracy": estimator.score(X, y), "few_features": -float(n_selected)}


def main():
    X, y = noisy_data()
    pipeline = make_pipeline(StandardScaler(), FeatureMask(), GaussianNB())
    space = {
        "featuremask__mask": Subset(X.shape[1], max_features=20),
        "gaussiannb__var_smoothing": loguniform(1e-9, 1e1),
    }
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    print(f"All {X.shape[1]} features: {cross_val_score(pipeline, X, y, cv=cv).mean():.3f}")

    search = GeneticSearch(pipeline, space, n_iter=150, cv=cv, random_state=0).fit(X, y)
    chosen = search.best_estimator_[:-1].get_feature_names_out()
    n_noise = sum(name.startswith("noise") for name in chosen)
    print(f"The best {len(chosen)}, {n_noise} of them noise: {search.best_score_:.3f}")

    search = GeneticSearch(
        pipeline, space, n_iter=150, cv=cv, scoring=accuracy_and_size, refit=False, random_state=0
    ).fit(X, y)
    front = pd.DataFrame(search.cv_results_).iloc[search.pareto_front_]
    front = front.drop_duplicates(["mean_test_accuracy", "mean_test_few_features"])
    print("\nCompromises between accuracy and number of features:")
    for _, row in front.sort_values("mean_test_few_features", ascending=False).iterrows():
        print(f"    {-row['mean_test_few_features']:4.0f}  {row['mean_test_accuracy']:.3f}")


if __name__ == "__main__":
    main()
