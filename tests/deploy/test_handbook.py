"""What the handbook has typed is what there is: words of `roundtable`, files, units."""

import re
import shlex

import pytest

from tests.support.deployed import DEPLOY, Misread, parsed

ROOT = DEPLOY.parent
HANDBOOK = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh(?: production| install)?\n(.*?)```", HANDBOOK, re.DOTALL)
STANDS_FOR = {"SERVICE": "registry", "FOLDER": "var/portal"}


def commands() -> list[list[str]]:
    """The words of each line of a block that calls `roundtable`, behind whatever starts it."""
    lines = [line for block in BLOCKS for line in block.splitlines()]
    found = [re.split(r"(?:^|\s)roundtable\s+(?=[a-z])", line, maxsplit=1) for line in lines]
    return [shlex.split(parts[1], comments=True) for parts in found if len(parts) == 2]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_can_be_typed(words: list[str]) -> None:
    assert parsed([STANDS_FOR.get(word, word) for word in words])


def test_enough_of_them_were_found_and_a_wrong_one_is_noticed() -> None:
    assert len(commands()) > 5
    with pytest.raises(Misread):
        parsed(["keys", "rotate", "doors"])


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"\bdeploy/[\w./-]*\w|\brequirements/[\w.]+txt", HANDBOOK)) - {
        "deploy/.env"
    }
    assert len(named) > 5
    for one in named:
        assert (ROOT / one).exists() or list(ROOT.glob(f"{one}*")), one
