"""Import rules that import-linter cannot say."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALLOWED = {"pydantic", *sys.stdlib_module_names}
AVOIDED = {"service", "services", "manager", "managers", "utils", "helpers", "common", "core"}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            found.add(str(node.module))
    return found


def test_contracts_know_pydantic_and_the_standard_library_only() -> None:
    for path in (ROOT / "shared" / "contracts").glob("*.py"):
        outside = {
            one
            for one in imported(path)
            if one.split(".")[0] not in ALLOWED and not one.startswith("shared.contracts.")
        }
        assert not outside, path


def test_imports_name_the_whole_path() -> None:
    for package in ("services", "shared", "tools"):
        for path in (ROOT / package).rglob("*.py"):
            imported(path)


def test_nothing_is_called_by_a_word_that_says_nothing() -> None:
    for package in ("services", "shared"):
        for path in (ROOT / package).rglob("*"):
            assert path.relative_to(ROOT / package).stem not in AVOIDED, path


def test_every_package_says_what_it_is() -> None:
    for package in ("services", "shared"):
        for path in (ROOT / package).rglob("__init__.py"):
            assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path
