"""The searchers, for the tests that all of them run. A new one is added here, and nowhere else."""

from sklearn_hpt import (
    BayesSearch,
    EarlyStoppedSearch,
    GeneticSearch,
    SuccessiveHalvingSearch,
)

# A class, with the settings that make it quick; they may not change what is found in common.
SEARCHERS = {
    "bayes": (BayesSearch, {"n_initial_points": 3}),
    "genetic": (GeneticSearch, {"population_size": 3}),
    # One rung with all samples.
    "halving": (
        SuccessiveHalvingSearch,
        {"factor": 100, "min_resources": "exhaust", "sampler": "bayes"},
    ),
    # One step with all samples.
    "early stopped": (
        EarlyStoppedSearch,
        {"resource": "n_samples", "step": 10_000, "sampler": "bayes"},
    ),
}
