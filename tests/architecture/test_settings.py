"""Settings: each is documented where an operator looks."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"
MODULES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for package in ("services", "shared")
    for path in (ROOT / package).rglob("settings.py")
)


def documented() -> set[str]:
    return set(re.findall(r"^# ?([A-Z][A-Z0-9_]+)=", EXAMPLE.read_text("utf-8"), re.MULTILINE))


def variables(kind: type[BaseSettings]) -> set[str]:
    prefix = kind.model_config.get("env_prefix", "")
    return {
        str(field.validation_alias or f"{prefix}{name}").upper()
        for name, field in kind.model_fields.items()
    }


def kinds(module: str) -> list[type[BaseSettings]]:
    return [
        one
        for one in vars(import_module(module)).values()
        if isinstance(one, type) and issubclass(one, BaseSettings) and one is not BaseSettings
    ]


@pytest.mark.parametrize("module", MODULES)
def test_every_setting_stands_in_the_example(module: str) -> None:
    for kind in kinds(module):
        assert variables(kind) <= documented()


def test_the_example_names_no_setting_that_does_not_exist() -> None:
    known = {name for module in MODULES for kind in kinds(module) for name in variables(kind)}
    ours = {
        one
        for one in documented()
        if one.split("_")[0] in {"REGISTRY", "CONSULTATION", "NOTIFICATIONS"}
    }
    assert ours <= known


def test_every_setting_says_what_it_means() -> None:
    for module in MODULES:
        for kind in kinds(module):
            for name, field in kind.model_fields.items():
                assert field.description, f"{module}: {name}"
