"""The secret of a portal: for its owner alone, and one for all that start together."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.security.secret import Secrets, rotate, secrets_in


def test_it_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "secret"
    [first] = secrets_in(path)()
    assert len(first) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert secrets_in(path)() == (first,)
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    for number in range(20):
        path = tmp_path / f"secret-{number}"
        with ThreadPoolExecutor(8) as threads:
            assert len({one() for one in threads.map(secrets_in, [path] * 8)}) == 1


def test_a_change_is_seen_by_all_who_read_it_and_keeps_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    running = secrets_in(path)
    [first] = running()
    rotate(path)
    second, before = running()
    assert before == first
    assert second != first
    rotate(path)
    third, before = running()
    assert (before, len({first, second, third})) == (second, 3)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    path.unlink()
    assert running() == (third, second), "who is served keeps what they had"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o602])
def test_what_others_may_read_is_no_secret(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    secrets_in(path)
    path.chmod(mode)
    with pytest.raises(ValueError, match="chmod 600"):
        secrets_in(path)
    path.chmod(0o440)
    assert len(Secrets(path)()) == 1, "a group may read it: so a secret is mounted"


@pytest.mark.parametrize("text", ["", "no secret", "abcd", "é"])
def test_a_file_without_a_secret_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    with pytest.raises(ValueError, match="holds no secret"):
        secrets_in(path)
