"""The commands that start the portal again, as an operator types them."""

from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from services.__main__ import app
from shared.database.audit import AuditRow
from tests.support.seeded import opened


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in words])


def acts(folder: Path, name: str) -> list[str]:
    with opened(folder) as portal, portal.view(name) as view:
        wanted = AuditRow.act.startswith("events.")
        return list(view.session.scalars(select(AuditRow.act).where(wanted)))


def test_everything_is_told_again(copied: Path) -> None:
    done = run("retell", "--folder", copied)
    assert done.exit_code == 0, done.output
    assert "registry: person:" in done.output
    assert "consultation: submission:" in done.output
    assert "heard by every service" in done.output
    assert acts(copied, "registry") == ["events.retell"]
    assert acts(copied, "consultation") == ["events.retell"]


def test_keys_are_changed(copied: Path) -> None:
    secret = (copied / "secret").read_text("ascii").split()
    done = run("keys", "rotate", "--folder", copied)
    assert done.exit_code == 0, done.output
    assert (copied / "secret").read_text("ascii").split()[1:] == secret
    with opened(copied) as portal, portal.view("registry") as view:
        written = view.session.scalars(select(AuditRow.act).where(AuditRow.act.startswith("key.")))
        assert sorted(written)[-2:] == ["key.make", "key.retire"]
    (copied / "secret").chmod(0o644)
    refused = run("keys", "rotate", "forms", "--folder", copied)
    assert refused.exit_code == 2
    assert "chmod 600" in refused.output


def test_one_service_tells_again(copied: Path) -> None:
    done = run("retell", "--service", "consultation", "--folder", copied)
    assert done.exit_code == 0, done.output
    assert "registry" not in done.output
    assert acts(copied, "registry") == []


def test_a_replay_says_what_it_did_and_stands_in_the_audit(copied: Path) -> None:
    done = run("replay", "notifications", "--quiet", "--folder", copied)
    assert done.exit_code == 0, done.output
    assert "Handled: 0. Known before: " in done.output
    assert acts(copied, "notifications") == ["events.replay", "events.replayed"]


def test_a_replay_of_a_stretch_takes_only_that(copied: Path) -> None:
    stretch = ("--topic", "registry.people", "--from", "2020-01-01T00:00Z")
    done = run("replay", "consultation", *stretch, "--to", "2020-02-01T00:00Z", "--folder", copied)
    assert "Handled: 0. Known before: 0." in done.output
    done = run("replay", "consultation", *stretch, "--force", "--folder", copied)
    assert done.exit_code == 0, done.output
    assert "Known before: 0." in done.output
    assert "Handled: 0." not in done.output


def test_a_replay_that_could_mail_everybody_wants_to_be_told_how(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_FROM", raising=False)
    done = run("replay", "notifications", "--folder", copied)
    assert done.exit_code == 2
    assert "--quiet" in done.output
    assert acts(copied, "notifications") == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--topic", "registry.people"), "registry does not read registry.people"),
        (("--from", "yesterday"), "--from: write a moment"),
        (("--to", "2026-03-02T16:00"), "has no zone"),
    ],
)
def test_a_wrong_word_stops_it_with_a_sentence(
    copied: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = run("replay", "registry", *words, "--folder", copied)
    assert done.exit_code == 2
    assert sentence in done.output.replace("\n", " ")


def test_a_served_portal_is_left_alone(copied: Path) -> None:
    with opened(copied):
        done = run("retell", "--folder", copied)
    assert done.exit_code == 2
    assert "Another process is using" in done.output
