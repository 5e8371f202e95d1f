"""What the benchmarks share: a table, and where it was made."""

import os
import platform
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("scikit-learn", "scikit-optimize", "optuna", "hyperopt", "numpy", "scipy", "joblib")


def single_threaded():
    """Keep BLAS from using threads; call before numpy is imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def print_header():
    """Print the command, the versions and the machine."""
    import sklearn_hpt

    print(f"`python {' '.join(sys.argv)}`\n")
    versions = [f"sklearn_hpt {sklearn_hpt.__version__}"]
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            versions.append(f"{name} {version(name)}")
    print(", ".join(versions))
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores\n")


def print_table(columns, rows):
    """Print a Markdown table."""
    cells = [columns, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    for number, row in enumerate(cells):
        print("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    print(flush=True)
