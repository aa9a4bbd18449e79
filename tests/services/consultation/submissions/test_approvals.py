"""The office that approves before an answer is sent: on both databases."""

import json
import re
from datetime import date

import pytest

from services.consultation.errors import (
    AnswerLocked,
    ApprovalOver,
    ApproverNeeded,
    NoApprover,
    WrongScan,
)
from services.consultation.jobs import DUE
from services.consultation.submissions import actions, queries, rules
from services.consultation.submissions.actions import Draft, Scan
from services.consultation.submissions.models import Approval, Approver
from shared.contracts.consultation import (
    ApprovalDecided,
)
from shared.database.audit import AuditRow
from shared.database.due import DueRow
from shared.database.outbox import OutboxRow
from shared.errors import NotFound
from shared.mail.models import MailRow
from shared.security.permissions import NOBODY
from tests.support.answers import Table, open_call, send, written
from tests.support.bench import Bench


@pytest.fixture
def table(consultation_bench: Bench) -> Table:
    return Table(consultation_bench)


def approver(table: Table) -> None:
    with table.bench.work(table.point) as work:
        actions.set_approver(work, table.city, "Rania", "Mayor's office", "mayor@example.org", "ar")


def asked(table: Table, code: str, note: str = "Please by Friday.") -> str:
    """Ask the office and return the secret of the mailed link."""
    with table.bench.work(table.deputy) as work:
        actions.ask(work, code, note)
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


def approved(table: Table) -> str:
    """Return an answer that was sent with the approval of an office and one on paper."""
    approver(table)
    code = written(table.bench, table.point, table.call, table.city)
    with table.bench.work(NOBODY) as work:
        actions.send_back(work, asked(table, code, "Dear Rania"), "Rania", "Rania wants more")
    with table.bench.work(table.deputy) as work:
        scan = Scan("rania.pdf", b"%PDF-1.7 signed")
        actions.approve_on_paper(work, code, "Rania", date(2026, 11, 1), scan)
    send(table.bench, table.point, code)
    return code


def names_left(table: Table) -> list[str]:
    with table.bench.view() as view:
        return [
            f"{model.__name__} {vars(row)}"
            for model in (Approval, MailRow, Approver, AuditRow, OutboxRow)
            for row in view.session.query(model)
            if re.search("rania|mayor", str(vars(row)), re.IGNORECASE)
        ]


def test_an_erased_approver_leaves_no_name_and_the_sealed_answer_still_verifies(
    table: Table,
) -> None:
    code = approved(table)
    assert names_left(table)
    before = table.read(code).submission
    with table.bench.view() as view:
        scan = view.session.query(Approval.scan).where(Approval.scan.is_not(None)).one()[0]
        assert view.files.get(scan)
    with table.bench.work(table.point) as work:
        actions.erase_approver(work, code)
    assert names_left(table) == []
    with table.bench.work() as work:
        (due,) = work.session.query(DueRow).where(DueRow.kind == actions.SCAN)
        DUE[due.kind](work, due.subject, due.payload)
    with table.bench.view() as view, pytest.raises(FileNotFoundError):
        view.files.get(scan)
    with table.bench.view(table.point) as view:
        sheet = queries.open_sheet(view, code, "answer.receipt")
        sealed = queries.canonical_file(view, sheet.submission)
    assert rules.digest(sealed) == before.digest
    assert sheet.submission.approval_id == before.approval_id


def test_an_approver_who_is_being_asked_is_not_erased(table: Table) -> None:
    code = approved(table)
    other = table.bench
    call = open_call(other)
    draft = written(other, table.point, call, table.city)
    with pytest.raises(ApproverNeeded), other.work(table.point) as work:
        actions.erase_approver(work, draft)
    asked(table, draft)
    with pytest.raises(ApproverNeeded), other.work(table.point) as work:
        actions.erase_approver(work, code)
    with pytest.raises(NotFound), other.work(table.deputy) as work:
        actions.erase_approver(work, code)
    assert names_left(table)


def test_who_approved_is_erased_after_a_year_unless_they_are_named_still(table: Table) -> None:
    approved(table)
    table.bench.later(days=300)
    with table.bench.work() as work:
        assert actions.erase_old_approvers(work) is False
    assert names_left(table)
    table.bench.later(days=100)
    with table.bench.work() as work:
        actions.erase_old_approvers(work)
    with table.bench.view() as view:
        assert [one.name for one in view.session.query(Approver)] == ["Rania"]
        assert {one.decided_name for one in view.session.query(Approval)} == {""}
    with table.bench.work(table.point) as work:
        actions.set_approver(work, table.city, "", "", "", "en")
    with table.bench.work() as work:
        actions.erase_old_approvers(work)
    assert [one for one in names_left(table) if not one.startswith("MailRow")] == []
    assert names_left(table) == []
