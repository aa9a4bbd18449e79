"""Every variable of the environment that settings read."""

from importlib import import_module
from pathlib import Path

from pydantic_settings import BaseSettings

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for package in ("services", "shared")
    for path in (ROOT / package).rglob("settings.py")
)


def variables(kind: type[BaseSettings]) -> set[str]:
    """Return the variables of settings of a kind."""
    prefix = kind.model_config.get("env_prefix", "")
    return {
        str(field.validation_alias or f"{prefix}{name}").upper()
        for name, field in kind.model_fields.items()
    }


def kinds(module: str) -> list[type[BaseSettings]]:
    """Return the settings that a module declares."""
    return [
        one
        for one in vars(import_module(module)).values()
        if isinstance(one, type) and issubclass(one, BaseSettings) and one is not BaseSettings
    ]


def known() -> set[str]:
    """Return the variables of all settings."""
    return {name for module in MODULES for kind in kinds(module) for name in variables(kind)}
