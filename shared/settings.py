"""Settings from the environment: one sentence that names the variable when one is wrong."""

from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings


class WrongSetting(Exception):
    """A setting that stops the start; the message is for the person who starts the service."""


S = TypeVar("S", bound=BaseSettings)


def read(kind: type[S], **given: Any) -> S:
    """Read settings of a kind from the environment. Raises WrongSetting naming the variable."""
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(kind.model_config.get("env_prefix", "")) + "_".join(
            str(part) for part in first["loc"]
        )
        raise WrongSetting(f"{name.upper()}: {first['msg']}.") from error
