"""Errors that a person meets: an HTTP status and a sentence in their language."""

from typing import ClassVar

from shared.i18n import N_, translate


class Problem(Exception):
    """A refusal with a clear sentence. Subclasses set `status` and `sentence` (an English msgid).

    Keyword arguments fill the sentence's placeholders, written `%(name)s`.
    """

    status: ClassVar[int] = 422
    sentence: ClassVar[str] = N_("That was not possible.")

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.sentence % params if params else self.sentence)

    def say(self) -> str:
        """Return the sentence in the current language."""
        return translate(self.sentence, **self.params)


class NotFound(Problem):
    """There is no such thing, or the reader may not know of it."""

    status = 404
    sentence = N_("We could not find this page.")


class Forbidden(Problem):
    """The reader is known and may not do this."""

    status = 403
    sentence = N_("You cannot do this with the role that you have.")


class SignInNeeded(Problem):
    """Nobody is signed in."""

    status = 401
    sentence = N_("Sign in to go on.")


class Conflict(Problem):
    """Somebody else changed the same thing first."""

    status = 409
    sentence = N_("Somebody else changed this while you were writing. Both texts are kept below.")


class Gone(Problem):
    """A link or code that was good once."""

    status = 410
    sentence = N_("This link has expired or was used before.")


class TooLarge(Problem):
    """The body is larger than we take."""

    status = 413
    sentence = N_("What you sent is too large. Files may have up to 10 MB each.")


class TooSlow(Problem):
    """The body did not come, or came drop by drop."""

    status = 408
    sentence = N_("What you sent did not arrive. Check your connection and send it again.")


class TooMany(Problem):
    """A rate limit was reached."""

    status = 429
    sentence = N_("Too many attempts. Wait a few minutes and try again.")


class Away(Problem):
    """The database cannot be reached; nothing was written."""

    status = 503
    sentence = N_("The portal cannot reach its database just now. Nothing was changed.")


class Busy(Problem):
    """Something took longer than anything may take; nothing was written."""

    status = 503
    sentence = N_("The portal is very busy just now, and this took too long. Nothing was changed.")


class Unsure(Problem):
    """The database went away between the order to keep something and its answer."""

    status = 503
    sentence = N_(
        "The portal lost its database while it kept what you sent. It may have been kept or not: "
        "look before you send it again."
    )
