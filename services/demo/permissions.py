"""Demo pages are open to whoever can reach this machine's loopback address."""

from shared.security.permissions import Permissions, anyone, may

PERMISSIONS = Permissions(
    *(
        may(act, anyone)
        for act in (
            "demo.index",
            "demo.become",
            "demo.leave",
            "demo.mail",
            "demo.message",
            "demo.events",
            "demo.clock",
            "demo.advance",
            "demo.reset",
        )
    )
)
