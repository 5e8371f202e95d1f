"""How the package is built: no circles of imports, functions that a reader takes in at a glance."""

import ast
from pathlib import Path

import pytest

from sklearn_hpt._sklearn import BaseSearchCV

PACKAGE = "sklearn_hpt"
ROOT = Path(__file__).parents[1] / PACKAGE
MODULES = sorted(ROOT.rglob("*.py"))
LONGEST_FUNCTION = 40
# Conventions of scikit-learn's for those who write estimators, not members of one class.
CONVENTIONS = {"_parameter_constraints", "_select_best_index"}


def name_of(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path, known):
    """Modules of the package that a module imports, wherever the import stands."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module


def circles(graph):
    """Cycles of a graph, each as the nodes along it."""
    done, found = set(), []

    def visit(node, path):
        if node in path:
            found.append(path[path.index(node) :])
        elif node not in done:
            for other in sorted(graph.get(node, ())):
                visit(other, [*path, node])
            done.add(node)

    for node in sorted(graph):
        visit(node, [])
    return found


def functions_of(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef):
            yield node


def n_lines(function):
    """Lines of a function without its docstring."""
    total = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        total -= first.end_lineno - first.lineno + 1
    return total


def test_no_module_imports_itself_by_a_detour():
    known = {name_of(path) for path in MODULES}
    graph = {name_of(path): set(imports_of(path, known)) for path in MODULES}
    assert len(graph) > 40
    assert circles(graph) == []


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [["b", "c"]]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_are_short_and_modules_say_what_they_hold(path):
    too_long = {
        function.name: n_lines(function)
        for function in functions_of(path)
        if function.name != "__init__" and n_lines(function) > LONGEST_FUNCTION
    }
    assert too_long == {}
    summary = (ast.get_docstring(tree_of(path)) or "").partition("\n")[0]
    assert summary.endswith(".")


def test_fit_reads_like_a_sentence():
    (fit,) = (f for f in functions_of(ROOT / "search" / "_base.py") if f.name == "fit")
    assert n_lines(fit) < 30


def test_private_members_of_scikit_learns_searches_are_used_in_one_module():
    private = {name for name in dir(BaseSearchCV) if name[0] == "_" and not name.endswith("__")}
    private |= {"_checked_cv_orig", "_scorers", "_skl_callbacks"}
    own = {
        node.name for path in MODULES for node in functions_of(path)
    }  # what we define ourselves is ours
    for path in MODULES:
        if path.name == "_sklearn.py":
            continue
        used = {node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}
        assert used & private - own - CONVENTIONS == set(), name_of(path)
