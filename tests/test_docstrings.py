"""What several searchers share they describe in the same words."""

import inspect
from itertools import chain

import pytest
from searchers import SEARCHERS
from sklearn.utils._testing import assert_docstring_consistency

CLASSES = [searcher for searcher, _ in SEARCHERS.values()]
# What means something else in each of them.
OWN_WORDS = {
    "early_discard",
    "max_concurrent_trials",
    "max_resources",
    "n_iter",
    "refit",
    "reproducible",
    "resource",
    "sampler",
    "scoring",
}
NAMES = sorted(set(chain.from_iterable(inspect.signature(c).parameters for c in CLASSES)))
SHARED = [n for n in NAMES if sum(n in inspect.signature(c).parameters for c in CLASSES) > 1]


@pytest.mark.parametrize("name", [name for name in SHARED if name not in OWN_WORDS])
def test_shared_parameters_are_described_alike(name):
    pytest.importorskip("numpydoc")
    owners = [cls for cls in CLASSES if name in inspect.signature(cls).parameters]
    assert_docstring_consistency(owners, include_params=[name])


def test_words_of_their_own_are_of_shared_parameters():
    assert set(SHARED) >= OWN_WORDS


@pytest.mark.parametrize("searcher", CLASSES, ids=lambda cls: cls.__name__)
def test_every_parameter_is_described(searcher):
    documented = inspect.getdoc(searcher)
    for name, parameter in inspect.signature(searcher).parameters.items():
        assert f"\n{name} : " in documented
        if parameter.default not in (inspect.Parameter.empty, None):
            start = documented.index(f"\n{name} : ")
            assert "default=" in documented[start : documented.index("\n", start + 1)]
