"""Who is to be told of what in the main job, by the table of notices; nobody else of anything."""

GROUP = "awa@quartiers.example"
CONTACT = "contact@city.example"
PREPARER = "preparer@city.example"
OUTSIDE = "otto@falk.example"
"""Of a verified partner that the call does not ask."""
TWICE = "carmen@deux.example"
"""Of two partners that the call asks; neither answers."""

JOINED = {"registration_received": 1, "verified": 1}
ANSWERED = {"call_published": 1, "received": 1, "replied": 1}
INBOX = {
    GROUP: JOINED | ANSWERED,
    CONTACT: JOINED | ANSWERED | {"approval_given": 1},
    PREPARER: ANSWERED | {"approval_given": 1},
    TWICE: {
        "registration_received": 2,
        "verified": 2,
        "call_published": 1,
        "report_published": 1,
    },
    OUTSIDE: JOINED,
    "manager@secretariat.example": {"call_closed": 1},
    "second@secretariat.example": {"review_asked": 1},
    "officer@secretariat.example": {"registration_waiting": 5},
    "analyst@secretariat.example": {"call_closed": 1},
    "decider@secretariat.example": {
        "review_asked": 1,
        "points_to_decide": 1,
        "report_to_review": 1,
    },
}
MAIL = {
    GROUP: JOINED | ANSWERED,
    CONTACT: JOINED | ANSWERED | {"approval": 1},
    PREPARER: ANSWERED | {"approval": 1},
    TWICE: {"registration_received": 2, "verified": 2, "call_published": 1},
    OUTSIDE: JOINED,
    "second@secretariat.example": {"review_asked": 1},
    "officer@secretariat.example": {"digest": 1},
    "decider@secretariat.example": {"review_asked": 1},
}
"""By the first word of the occasion. What waits for tomorrow's digest has not been mailed."""
