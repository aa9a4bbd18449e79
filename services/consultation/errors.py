"""Refusals of consultation, each with an HTTP status and a sentence, in sections by noun."""

from collections.abc import Sequence
from typing import Any

from shared.errors import Gone, Problem
from shared.i18n import N_

# -- calls --


class SecondPersonNeeded(Problem):
    """Whoever did the first part does not do the second."""

    status = 409
    sentence = N_("You edited this call. Somebody who edited no part of it publishes it.")


class SecondPersonForAct(Problem):
    """Whoever proposed an act does not approve it."""

    status = 409
    sentence = N_("You proposed this. Somebody else has to approve it.")


class CallNotReady(Problem):
    """The publish gate is not met; `findings` say what is missing."""

    status = 422
    sentence = N_("This call is not ready. Look at what is missing.")

    def __init__(self, findings: Sequence[Any] = ()) -> None:
        self.findings = list(findings)
        super().__init__()


class CallMoved(Problem):
    """The call is not in the state that the act needs; somebody was faster, or time went by."""

    status = 409
    sentence = N_("That does not fit where the call stands now. Look at it again.")


class PartChanged(Problem):
    """A colleague saved the same part of a draft meanwhile."""

    status = 409
    sentence = N_(
        "A colleague saved this part while you were writing. What you typed is kept below, under "
        "what is saved now."
    )


class NeverShorter(Problem):
    """An extension ends later than what it extends."""

    status = 422
    sentence = N_("A window that is open is never shortened. Choose a later time.")


class ReasonNeeded(Problem):
    """A public act without its public reason."""

    status = 422
    sentence = N_("Write the public reason.")


# -- submissions --


class CannotAnswer(Problem):
    """The call does not take this organisation's answer now; `say` gives the reason."""

    status = 403
    sentence = N_("%(sentence)s")

    def say(self) -> str:
        """Return the reason's sentence, translated where eligibility was decided."""
        return str(self.params["sentence"])


class AnswerLocked(Problem):
    """The approving office has the answer; nobody edits it meanwhile."""

    status = 409
    sentence = N_("This answer is with %(office)s. Take it back before you change it.")


class AnswerSent(Problem):
    """The answer was sealed before; it never changes again."""

    status = 409
    sentence = N_("This answer was sent already. What you sent cannot be changed, only replaced.")


class AnswerNotReady(Problem):
    """Something that is needed is missing."""

    status = 422
    sentence = N_("Some parts are not ready yet. Look at the list and finish them first.")


class AnswerChanged(Problem):
    """Somebody edited the answer between the check page and its button."""

    status = 409
    sentence = N_("A colleague changed this answer while you were reading it. Check it once more.")


class OnlyContactPoint(Problem):
    """The person may prepare and not send."""

    status = 403
    sentence = N_("Only %(name)s can send. Away? An administrator can name someone else.")


class NoApprover(Problem):
    """Asking for an approval without an office to ask."""

    status = 422
    sentence = N_("Say first who approves before you send.")


class ApprovalOver(Gone):
    """The round of approval of a link is decided, taken back or overtaken by sending."""

    sentence = N_("This answer no longer waits for you: it was decided, taken back or sent.")


class CannotReplace(Problem):
    """Only a sent answer to an open call can be replaced or withdrawn."""

    status = 409
    sentence = N_("The call is closed or this answer is not the one that counts any longer.")


class ApproverNeeded(Problem):
    """The approver is erased when nothing waits for them any longer."""

    status = 409
    sentence = N_(
        "An answer still waits for this approval. Send it or take it back before you erase who "
        "approves."
    )


class WrongScan(Problem):
    """An uploaded scan that is neither a PDF nor a picture."""

    status = 422
    sentence = N_("Choose a PDF, a JPEG or a PNG file.")


# -- documents, questions, programmes --


class DocumentNotReadable(Problem):
    """A file that cannot be cut into paragraphs; `findings` say line by line why."""

    status = 422
    sentence = N_("This text cannot be taken as it is. Mend what is listed and choose it again.")

    def __init__(self, findings: Sequence[Any]) -> None:
        self.findings = list(findings)
        super().__init__()


class DocumentFrozen(Problem):
    """The document was frozen when the call was published."""

    status = 409
    sentence = N_("The call is published: its document and questions do not change any more.")


class NotRevisable(Problem):
    """A step of the revised text that has nothing to stand on."""

    status = 409
    sentence = N_("The revised text is made from the published one. This step does not fit it.")


class QuestionNotReady(Problem):
    """A question as it was written does not work; `wrong` say what to mend, by field."""

    status = 422
    sentence = N_("This question cannot be asked as it is. Mend what is listed.")

    def __init__(self, wrong: Sequence[Any]) -> None:
        self.wrong = list(wrong)
        super().__init__()


# -- analysis --


class StillOpen(Problem):
    """Answers are being taken; reading begins when the call has closed."""

    status = 409
    sentence = N_("This call is still open. Answers can be read once it has closed.")


class NotReadYet(Problem):
    """An answer is read before it is cut."""

    status = 409
    sentence = N_("Mark this answer as read first.")


class ItemClosed(Problem):
    """A response or comment that has ended already."""

    status = 409
    sentence = N_("Somebody has dealt with this already. Reload the page.")


class PointDecided(Problem):
    """The point is decided; it has to be reopened first."""

    status = 409
    sentence = N_("This point is decided. Reopen it first, with a reason.")


class ExplanationNeeded(Problem):
    """Every reply has a standard reason and an explanation."""

    sentence = N_("Choose a standard reason and write an explanation.")


class ParagraphNeeded(Problem):
    """Already covered says where."""

    sentence = N_("Say which paragraph already covers this point.")


class NotRecommended(Problem):
    """Only a recommended point can be decided or returned."""

    status = 409
    sentence = N_("This point has no recommendation that waits for a decision.")


class NotDecided(Problem):
    """Only a decided point can be reopened."""

    status = 409
    sentence = N_("This point is not decided, so that there is nothing to reopen.")


class NotTheirWords(Problem):
    """A point keeps the words of its author."""

    sentence = N_(
        "A point keeps its author's words. Take them from the text; “…” may stand for what you "
        "leave out."
    )


class HasWords(Problem):
    """What has words is cut into points, not counted."""

    status = 409
    sentence = N_(
        "There are words here: cut them into points, or say that there is nothing to answer."
    )


class OwnRecommendation(Problem):
    """The decider is not the recommender."""

    status = 409
    sentence = N_("You recommended this yourself. Somebody else decides.")


class AnalysisOver(Problem):
    """The report is in review or public: nothing changes under it."""

    status = 409
    sentence = N_("The report is being reviewed or is public. Nothing can be changed now.")


class NothingCut(Problem):
    """A text was to be cut into points and none was given."""

    sentence = N_("Write at least one point, or say that there is nothing to answer.")


class NothingSelected(Problem):
    """A bulk act on nothing, or on points that are gone."""

    sentence = N_("Select at least one point of this call.")


class NotStaff(Problem):
    """Points are given to colleagues who work on them."""

    sentence = N_("Choose a colleague who analyses or decides.")


class NoteNeeded(Problem):
    """A returned point says why."""

    sentence = N_("Write a note that says what is to be changed.")


# -- reports and publication --


class ReportNotReady(Problem):
    """The gate of the report found something lacking."""

    status = 409
    sentence = N_("The report is not ready: look at the list of what is missing.")


class OwnReport(Problem):
    """Nobody approves a report that they wrote."""

    status = 409
    sentence = N_("You wrote on this report. Somebody else approves it.")


class ConsideredChanged(Problem):
    """What was to be attested changed while the page was open."""

    status = 409
    sentence = N_(
        "Something changed while you were reading. Look at the list again before you approve."
    )


class ReportMoved(Problem):
    """The report is not in the state that this act needs."""

    status = 409
    sentence = N_("The report has moved on. Reload the page to see where it stands.")


class NoSuchPoint(Problem):
    """A change names a point that the call does not have."""

    sentence = N_("There is no point with the number %(number)s in this call.")


class NothingChanged(Problem):
    """A change entry of which before and after are the same."""

    sentence = N_("Write what it was before, what it is now, or both; they have to differ.")


class PlaceNeeded(Problem):
    """A change entry says where, in the call's own language."""

    sentence = N_("Say where, in the call's own language at least.")


class WindowOpen(Problem):
    """Nothing is published while answers are being taken."""

    status = 409
    sentence = N_("Nothing is published while the call is open.")


class Confidential(Problem):
    """The author did not agree to publication."""

    status = 409
    sentence = N_("Its author wants this to be read by the secretariat only. It is not published.")


class TiesToAuthor(Problem):
    """Whoever decides on publication has no ties to the author."""

    status = 403
    sentence = N_("You have ties to the author of this answer. Somebody else decides.")


class NotPrepared(Problem):
    """An analyst prepares before a call manager decides."""

    status = 409
    sentence = N_("An analyst prepares this first.")


class RedactionReasonNeeded(Problem):
    """What is redacted or withheld is so for a reason that its author reads."""

    sentence = N_("Say why; the author reads the reason.")


class OwnPreparation(Problem):
    """Who prepared a publication does not decide it."""

    status = 409
    sentence = N_("You prepared this yourself. Somebody else decides.")


class NoAnswerSelected(Problem):
    """A bulk act on no answer."""

    sentence = N_("Select at least one answer.")
