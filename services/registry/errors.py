"""Refusals of registry, each with its status and its sentence."""

from shared.errors import Problem
from shared.i18n import N_

# -- accounts --


class WrongAddress(Problem):
    """What was typed is no e-mail address."""

    sentence = N_("Write an e-mail address such as name@example.org.")


class WrongCode(Problem):
    """The six digits do not fit, or are no longer good."""

    sentence = N_(
        "This code is wrong or has expired. Look for the newest mail, or ask for another."
    )


class AddressTaken(Problem):
    """Somebody else signs in with this address."""

    status = 409
    sentence = N_("Another account uses this address. Sign in with it, or choose another address.")


class AccountClosed(Problem):
    """The account may not be used any longer."""

    status = 403
    sentence = N_("This account is closed. Write to the secretariat if that is a mistake.")


class ProviderSilent(Problem):
    """The organisation's sign-in cannot be reached."""

    status = 503
    sentence = N_("The sign-in of your organisation does not answer. Try again in a few minutes.")


class Unconfirmed(Problem):
    """What came back from the organisation's sign-in is not vouched for, too late or used."""

    status = 403
    sentence = N_("We could not confirm this sign-in. Begin again.")


class AddressUnverified(Problem):
    """The provider does not vouch for the address."""

    status = 403
    sentence = N_(
        "Your organisation has not confirmed your e-mail address. Ask its service desk to do so."
    )


class NotOfTheSecretariat(Problem):
    """Only staff come through the organisation's sign-in, and nobody becomes staff by it."""

    status = 403
    sentence = N_(
        "Nobody of the secretariat has your address at your organisation. Partners sign in by "
        "e-mail; if you work here, ask an administrator of the portal to appoint you."
    )


class OtherSubject(Problem):
    """The person came as somebody else before, or somebody else came as this one."""

    status = 403
    sentence = N_(
        "This account belongs to another sign-in of your organisation. "
        "Write to an administrator of the portal."
    )


class SignInElsewhere(Problem):
    """Staff do not sign in by mail here."""

    status = 403
    sentence = N_("Members of the secretariat sign in through their organisation.")


class NotOneself(Problem):
    """Nobody gives roles to themselves."""

    status = 409
    sentence = N_("You cannot change your own staff roles. Ask another administrator.")


class LastStaffAdministrator(Problem):
    """Without an administrator nobody could appoint staff."""

    status = 409
    sentence = N_("This is the last administrator of the portal. Appoint another one first.")


class NotOnesOwn(Problem):
    """One's own account is erased on its own page, as everybody's is."""

    status = 409
    sentence = N_("This is your own account. Erase it on the page of your account.")


class OtherAddress(Problem):
    """What was typed to confirm is not the address of the account."""

    sentence = N_("This is not the address of the account. Type it as it stands above.")


class LastAdministrator(Problem):
    """An organisation keeps at least one administrator."""

    status = 409
    sentence = N_("An organisation needs an administrator. Make somebody else one first.")


class AlreadyMember(Problem):
    """The person belongs to the organisation already, or has been invited."""

    status = 409
    sentence = N_("This person is a member already, or has been invited.")


class AlreadyAsked(Problem):
    """A join request of this person is waiting."""

    status = 409
    sentence = N_("You have asked to join already. Its administrators decide.")


class AlreadyDecided(Problem):
    """Somebody decided first."""

    status = 409
    sentence = N_("This was decided by somebody else in the meantime.")


class NotYetOurs(Problem):
    """The partnership officer waits until the administrators have had their time."""

    status = 409
    sentence = N_("Its administrators have until %(day)s to decide this request.")


class ForAnotherAddress(Problem):
    """An invitation is for the address that it was sent to."""

    status = 403
    sentence = N_("This invitation was sent to another address. Sign in with that address.")


# -- organisations --


class NotReady(Problem):
    """The registration is not complete."""

    sentence = N_("Some parts of the registration are not ready: %(parts)s.")


class NotNow(Problem):
    """The organisation's state does not allow this act."""

    status = 409
    sentence = N_("This cannot be done in the present state of the registration.")


class WrongFile(Problem):
    """A document of a kind that we do not take."""

    sentence = N_("We take PDF files and photographs (JPEG, PNG, WebP, HEIC) of up to 10 MB each.")


class TooManyFiles(Problem):
    """A field that holds enough files."""

    sentence = N_("A document may have up to 10 files. Remove one first.")


class HasTies(Problem):
    """The officer belongs to the organisation or registered it."""

    status = 403
    sentence = N_("You have ties to this organisation. Somebody else decides.")


class Blocked(Problem):
    """The screening's result is not clear."""

    sentence = N_(
        "The screening is not clear yet: "
        "every check needs its good answer, every part must be ready."
    )
