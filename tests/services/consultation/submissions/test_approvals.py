"""The office that approves before an answer is sent: on both databases."""

import json
from datetime import date

import pytest

from services.consultation.errors import (
    AnswerLocked,
    ApprovalOver,
    NoApprover,
    WrongScan,
)
from services.consultation.submissions import actions, queries
from services.consultation.submissions.actions import Draft, Scan
from services.consultation.submissions.models import Approval, Approver
from shared.contracts.consultation import (
    ApprovalDecided,
)
from shared.mail.models import MailRow
from shared.security.permissions import NOBODY
from tests.support.answers import Table, send, written
from tests.support.bench import Bench


@pytest.fixture
def table(consultation_bench: Bench) -> Table:
    return Table(consultation_bench)


def approver(table: Table) -> None:
    with table.bench.work(table.point) as work:
        actions.set_approver(work, table.city, "Rania", "Mayor's office", "mayor@example.org", "ar")


def asked(table: Table, code: str) -> str:
    """Ask the office and return the secret of the mailed link."""
    with table.bench.work(table.deputy) as work:
        actions.ask(work, code, "Please by Friday.")
    with table.bench.view() as view:
        mail = view.session.query(MailRow).order_by(MailRow.id.desc()).first()
        assert mail is not None
        return mail.text.split("/approve/")[1].split()[0]


def test_an_office_approves_by_a_mailed_link_and_the_receipt_names_it_by_id(table: Table) -> None:
    approver(table)
    code = written(table.bench, table.point, table.call, table.city)
    secret = asked(table, code)
    with pytest.raises(AnswerLocked), table.bench.work(table.deputy) as work:
        actions.save_comment(work, code, "5", Draft("", "keep", "", "", None, 0))
    with table.bench.work(NOBODY) as work:
        actions.approve(work, secret, "Rania")
    with pytest.raises(ApprovalOver), table.bench.work(NOBODY) as work:
        actions.send_back(work, secret, "Rania", "No")
    (event,) = table.bench.told_of(ApprovalDecided)
    assert event.approved  # type: ignore[attr-defined]
    assert "Rania" not in event.model_dump_json()
    assert table.read(code).approved
    send(table.bench, table.point, code)
    with table.bench.view(table.point) as view:
        submission = queries.by_code(view, code, "answer.file")
        content = json.loads(queries.canonical_file(view, submission))
        approval = view.get(Approval, id=submission.approval_id)
    assert content["approval"]["approver"] == str(approval.approver_id)


def test_the_mail_to_the_office_is_in_its_language_and_its_secret_is_not_kept(
    table: Table,
) -> None:
    approver(table)
    code = written(table.bench, table.point, table.call, table.city)
    secret = asked(table, code)
    with table.bench.view() as view:
        (mail,) = view.session.query(MailRow).all()
        assert (mail.to, mail.language, mail.secret) == ("mayor@example.org", "ar", True)
        assert "Please by Friday." in mail.text
        (approval,) = view.session.query(Approval).all()
    assert secret not in (approval.secret_hash or "")


def test_an_edit_after_the_approval_clears_it(table: Table) -> None:
    approver(table)
    code = written(table.bench, table.point, table.call, table.city)
    secret = asked(table, code)
    with table.bench.work(NOBODY) as work:
        actions.approve(work, secret, "Rania")
    with table.bench.work(table.deputy) as work:
        actions.save_comment(work, code, "5", Draft("", "keep", "", "", None, 0))
    sheet = table.read(code)
    assert not sheet.approved
    assert sheet.approval is not None
    assert sheet.approval.state == "cleared"


def test_taken_back_the_link_ends_and_the_text_is_free(table: Table) -> None:
    approver(table)
    code = written(table.bench, table.point, table.call, table.city)
    secret = asked(table, code)
    with table.bench.work(table.deputy) as work:
        actions.take_back(work, code)
        actions.save_comment(work, code, "5", Draft("", "keep", "", "", None, 0))
    with pytest.raises(ApprovalOver), table.bench.work(NOBODY) as work:
        actions.approve(work, secret, "Rania")


def test_sent_back_with_a_comment_it_is_a_draft_again_in_a_new_round(table: Table) -> None:
    approver(table)
    code = written(table.bench, table.point, table.call, table.city)
    with table.bench.work(NOBODY) as work:
        actions.send_back(work, asked(table, code), "Rania", "Mention the budget.")
    sheet = table.read(code)
    assert sheet.submission.state == "draft"
    assert sheet.approval is not None
    assert sheet.approval.comment == "Mention the budget."
    asked(table, code)
    events = table.bench.told_of(ApprovalDecided)
    assert [(one.round, one.approved) for one in events] == [(1, False)]  # type: ignore[attr-defined]
    again = table.read(code).approval
    assert again is not None
    assert again.round == 2


def test_the_contact_point_may_send_without_waiting(table: Table) -> None:
    approver(table)
    code = written(table.bench, table.point, table.call, table.city)
    secret = asked(table, code)
    send(table.bench, table.point, code)
    assert table.read(code).submission.approval_id is None
    with pytest.raises(ApprovalOver), table.bench.work(NOBODY) as work:
        actions.approve(work, secret, "Rania")


def test_an_approval_on_paper_has_a_name_a_date_and_a_scan_of_a_known_kind(table: Table) -> None:
    code = written(table.bench, table.point, table.call, table.city)
    with pytest.raises(NoApprover), table.bench.work(table.deputy) as work:
        actions.ask(work, code, "")
    on = date(2026, 11, 1)
    with pytest.raises(WrongScan), table.bench.work(table.deputy) as work:
        actions.approve_on_paper(work, code, "Rania", on, Scan("a.exe", b"MZ..."))
    with table.bench.work(table.deputy) as work:
        actions.approve_on_paper(work, code, "Rania", on, Scan("a.pdf", b"%PDF-1.7 x"))
    sheet = table.read(code)
    assert sheet.approved
    assert sheet.approval is not None
    assert (sheet.approval.paper_date, sheet.approval.scan_type) == (on, "application/pdf")


def test_an_erased_office_leaves_no_name(table: Table) -> None:
    approver(table)
    code = written(table.bench, table.point, table.call, table.city)
    with table.bench.work(NOBODY) as work:
        actions.approve(work, asked(table, code), "Rania")
    sheet = table.read(code)
    assert sheet.approval is not None
    assert sheet.approval.approver_id is not None
    with table.bench.work() as work:
        actions.erase_approver(work, sheet.approval.approver_id)
    with table.bench.view() as view:
        for model in (Approval, MailRow, Approver):
            for row in view.session.query(model):
                assert "Rania" not in str(vars(row))
                assert "mayor@example.org" not in str(vars(row))
