"""Imports go one way, and private names of others stay where they are kept.

The modules are read, not imported, so an import inside a function or under ``TYPE_CHECKING``
counts as any other.
"""

import ast
import pkgutil
from pathlib import Path

import joblib
import pytest

PACKAGE = "sklearn_hpt"
ROOT = Path(__file__).parents[1] / PACKAGE

# What each part may import of the others. A new part must be given its place here.
MAY_IMPORT = {
    "_trial": set(),
    "_sklearn": set(),
    "space": {"_trial"},
    "samplers": {"space", "_trial"},
    "schedulers": {"samplers", "space", "_trial"},
    "engine": {"_trial", "_sklearn"},
    "feature_selection": set(),
    "search": {"schedulers", "samplers", "space", "engine", "_trial", "_sklearn"},
    "plotting": {"search", "_trial", "_sklearn"},
    "integrations": {"search", "_trial", "_sklearn"},
}
KEEPS_PRIVATE_SKLEARN = {"sklearn_hpt._sklearn"}
KEEPS_PRIVATE_JOBLIB = {"sklearn_hpt.engine._executor", "sklearn_hpt.engine._shared"}
NO_MODEL_SELECTION_NOR_JOBLIB = {"samplers", "schedulers"}
JOBLIB_SUBMODULES = {module.name for module in pkgutil.iter_modules(joblib.__path__)}


def dotted_names(source, module, *, is_package=False):
    """Every name that `source` takes from elsewhere, as ``package.module.name``, with its line.

    Besides what is imported, that is what is reached through it: ``import sklearn`` and then
    ``sklearn.utils._tags`` gives ``sklearn.utils._tags`` as well.
    """
    nodes = list(ast.walk(ast.parse(source)))
    package = module if is_package else module.rpartition(".")[0]
    bound = {}
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.append((alias.name, node.lineno))
                top = alias.name.partition(".")[0]
                bound[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, package)
            for alias in node.names:
                name = base if alias.name == "*" else f"{base}.{alias.name}"
                found.append((name, node.lineno))
                bound[alias.asname or alias.name] = name
    for node in nodes:
        root, _, rest = ast.unparse(node).partition(".") if is_path(node) else ("", "", "")
        if root in bound:
            found.append((f"{bound[root]}.{rest}", node.lineno))
    return sorted(set(found), key=lambda item: item[1])


def absolute(node, package):
    """Where a ``from`` import imports from, relative or not."""
    if not node.level:
        return node.module
    parents = package.split(".")
    parents = parents[: len(parents) - node.level + 1]
    return ".".join([*parents, node.module] if node.module else parents)


def is_path(node):
    """Whether an expression is a name and attributes of it, as ``a.b.c``."""
    if not isinstance(node, ast.Attribute):
        return False
    return isinstance(node.value, ast.Name) or is_path(node.value)


def is_private(name):
    """Whether a module or a module's member is private; what a class holds is its own affair."""
    for part in name.split("."):
        if part.startswith("_") and not part.endswith("__"):
            return True
        if part[:1].isupper():
            return False
    return False


def part_of(name):
    """Which part of the package a dotted name belongs to; None for the package itself."""
    return name.split(".")[1] if "." in name else None


def offences(source, module, *, is_package=False):
    """Say which imports of a module break the rules."""
    part = part_of(module)
    if part is not None and part not in MAY_IMPORT:
        return [f"{module}: give {part!r} its place in MAY_IMPORT"]
    found = []
    for name, lineno in dotted_names(source, module, is_package=is_package):
        library, _, rest = name.partition(".")
        # joblib promises only what stands in its top-level namespace.
        is_private_joblib = is_private(name) or rest.partition(".")[0] in JOBLIB_SUBMODULES
        if library == PACKAGE and part is not None:
            reasons = {
                f"{part} may not import it": part_of(name) not in MAY_IMPORT[part] | {part},
            }
        elif library == "sklearn":
            reasons = {
                "private scikit-learn": is_private(name) and module not in KEEPS_PRIVATE_SKLEARN,
                f"{part} knows no model selection": part in NO_MODEL_SELECTION_NOR_JOBLIB
                and name.startswith("sklearn.model_selection"),
            }
        elif library == "joblib":
            reasons = {
                "private joblib": is_private_joblib and module not in KEEPS_PRIVATE_JOBLIB,
                f"{part} knows no joblib": part in NO_MODEL_SELECTION_NOR_JOBLIB,
            }
        else:
            continue
        found += [
            f"{module}:{lineno}: {name}: {reason}" for reason, is_so in reasons.items() if is_so
        ]
    return found


def name_of(path, root):
    """Dotted name of a module's file."""
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def offences_in(root):
    """Say which imports in a tree of modules break the rules."""
    return [
        offence
        for path in sorted(root.rglob("*.py"))
        for offence in offences(
            path.read_text(encoding="utf-8"),
            name_of(path, root),
            is_package=path.name == "__init__.py",
        )
    ]


def is_package(module):
    """Whether a module of this package is a folder: all files but ``__init__.py`` have a _."""
    return not module.rpartition(".")[2].startswith("_")


def test_package_keeps_the_rules():
    assert len(list(ROOT.rglob("*.py"))) > 10
    assert offences_in(ROOT) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        # back up the line
        ("space._space", "from sklearn_hpt.samplers import Sampler"),
        ("space._space", "import sklearn_hpt.samplers._base"),
        ("samplers._bayes", "from sklearn_hpt.schedulers._base import Scheduler"),
        ("samplers._bayes", "from ..engine import Engine"),
        ("samplers._bayes", "from .. import engine"),
        ("samplers._bayes", "from sklearn_hpt import engine"),
        ("samplers._bayes", "from sklearn_hpt import BayesSearch"),
        ("samplers._bayes", "import sklearn_hpt"),
        ("samplers._bayes", "from sklearn_hpt import *"),
        ("schedulers._halving", "from sklearn_hpt.engine._evaluation import Evaluation"),
        ("schedulers._halving", "from sklearn_hpt.search import BayesSearch"),
        ("engine._engine", "from sklearn_hpt.samplers._random import RandomSampler"),
        ("engine._engine", "from sklearn_hpt.schedulers import FullResource"),
        ("engine._engine", "from sklearn_hpt.space import Space"),
        ("engine", "from ..search._base import BaseSearch"),
        ("_trial", "from sklearn_hpt.space import Space"),
        ("_sklearn", "from ._trial import Trial"),
        ("search._base", "from sklearn_hpt.plotting import HistoryDisplay"),
        # wherever it stands
        ("engine._engine", "def f():\n    from sklearn_hpt.samplers import RandomSampler"),
        ("engine._engine", "if TYPE_CHECKING:\n    from sklearn_hpt.schedulers import Scheduler"),
        # a part without a place
        ("utils", "import math"),
        # model selection and joblib
        ("samplers._random", "from sklearn.model_selection import ParameterSampler"),
        ("samplers._random", "from sklearn import model_selection"),
        ("samplers._random", "import sklearn\nsklearn.model_selection.ParameterSampler"),
        ("schedulers._halving", "import sklearn.model_selection as ms"),
        ("schedulers._halving", "import joblib"),
        ("samplers._random", "from joblib import Parallel"),
        ("samplers._random", "from sklearn_hpt._sklearn import BaseSearchCV"),
        # private scikit-learn
        ("search._base", "from sklearn.model_selection._search import BaseSearchCV"),
        ("search._base", "from sklearn.base import _fit_context"),
        ("search._base", "import sklearn.utils._param_validation"),
        ("engine._evaluation", "from sklearn.utils import _tags"),
        ("engine._evaluation", "import sklearn\nsklearn.utils._tags.get_tags"),
        ("engine._evaluation", "from sklearn import metrics as m\nm._scorer"),
        ("", "from sklearn.base import _fit_context"),
        # private joblib
        ("search._base", "from joblib.parallel import BatchedCalls"),
        ("search._base", "import joblib._parallel_backends"),
        ("engine._engine", "from joblib import _utils"),
        ("engine._engine", "import joblib\njoblib.parallel.BatchedCalls"),
        ("engine._journal", "from joblib.externals.loky import get_reusable_executor"),
    ],
)
def test_checker_finds(module, source):
    module = f"{PACKAGE}.{module}".rstrip(".")
    assert offences(source, module, is_package=is_package(module)), source


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("", "from sklearn_hpt.search import BayesSearch"),
        ("space._space", "from sklearn_hpt.space._dimensions import Choices"),
        ("space._space", "from ._dimensions import Choices"),
        ("samplers._bayes", "from sklearn_hpt.space import Point, Space"),
        ("samplers._bayes", "from . import _base"),
        ("samplers", "from ._bayes import BayesSampler"),
        ("samplers._bayes", "from sklearn.gaussian_process import kernels"),
        ("schedulers._full", "from sklearn_hpt._trial import Step"),
        ("schedulers._full", "from sklearn_hpt.samplers import Sampler"),
        ("engine._evaluation", "from sklearn_hpt._sklearn import score"),
        ("engine._evaluation", "import joblib\njoblib.dump"),
        ("engine._executor", "from joblib.parallel import BatchedCalls"),
        ("search._bayes", "from sklearn_hpt.samplers import BayesSampler"),
        ("search._base", "from sklearn.model_selection import check_cv"),
        ("search._base", "import sklearn\nsklearn.__version__"),
        # a private member of a public class is inherited anyway
        ("search._base", "from sklearn.base import BaseEstimator\nBaseEstimator._get_tags"),
        ("search._base", "self._fit_context"),
        ("_sklearn", "from sklearn.base import _fit_context"),
    ],
)
def test_checker_lets_pass(module, source):
    module = f"{PACKAGE}.{module}".rstrip(".")
    assert offences(source, module, is_package=is_package(module)) == []


def test_checker_reads_a_tree(tmp_path):
    files = {
        "__init__.py": "from .search import BayesSearch",
        "search/__init__.py": "from ._bayes import BayesSearch",
        "search/_bayes.py": "from ..samplers import BayesSampler",
        "samplers/__init__.py": "from ._bayes import BayesSampler",
        "samplers/_bayes.py": "import math\nfrom ..search import BayesSearch",
    }
    for name, source in files.items():
        path = tmp_path / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    (offence,) = offences_in(tmp_path / PACKAGE)
    assert offence.startswith("sklearn_hpt.samplers._bayes:2: sklearn_hpt.search.BayesSearch")
