"""A service of nothing but the edge: pages of a test's own over a room of a test's own."""

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from shared.security.permissions import NOBODY, Actor
from shared.web import refusals
from shared.web.dispatch import PagesOf
from shared.web.edge import Identity
from shared.web.gate import Gate
from shared.web.links import Links
from shared.web.middleware import Framed
from shared.web.shelf import Shelf, Shelved
from shared.work import Room, View


class Shop:
    """What the edge needs of a service."""

    name = "shop"

    def __init__(self, room: Room, identity: Identity) -> None:
        self.room = room
        self.identity = identity


def _nobody(view: View, token: str) -> Actor:
    del view, token
    return NOBODY


def shop(
    room: Room,
    pages: APIRouter,
    address: str = "http://testserver",
    identity: Identity | None = None,
) -> FastAPI:
    """Return the application of these pages, whose portal has an address."""
    app = FastAPI()
    served = PagesOf(Shop(room, identity or _nobody), [pages])
    app.router.routes.append(served)
    app.state.links = Links(served.routes)
    refusals.install(app)
    shelf = Shelf(room.clock.now)
    room.after_commit.append(shelf.clear)
    app.add_middleware(Shelved, shelf=shelf)
    app.add_middleware(Framed, broken=refusals.broken, gate=Gate(address))
    return app


def browser_of(room: Room, pages: APIRouter) -> TestClient:
    """Return a browser of these pages."""
    return TestClient(
        shop(room, pages),
        headers={"Sec-Fetch-Site": "same-origin"},
        raise_server_exceptions=False,
    )
