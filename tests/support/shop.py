"""A service of nothing but the edge: pages of a test's own over a room of a test's own."""

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from shared.security.permissions import NOBODY, Actor
from shared.web import refusals
from shared.web.edge import Identity, bind
from shared.web.gate import Gate
from shared.web.links import Links
from shared.web.middleware import Framed
from shared.work import Room, View


class Shop:
    """What the edge needs of a service in which nobody is signed in."""

    name = "shop"

    def __init__(self, room: Room) -> None:
        self.room = room
        self.identity: Identity = _nobody


def _nobody(view: View, token: str) -> Actor:
    del view, token
    return NOBODY


def shop(room: Room, pages: APIRouter, address: str = "http://testserver") -> FastAPI:
    """Return the application of these pages, whose portal has an address."""
    app = FastAPI()
    app.include_router(pages, dependencies=[bind(Shop(room))])
    app.state.links = Links(app.routes)
    refusals.install(app)
    app.add_middleware(Framed, broken=refusals.broken, gate=Gate(address))
    return app


def browser_of(room: Room, pages: APIRouter) -> TestClient:
    """Return a browser of these pages."""
    return TestClient(
        shop(room, pages),
        headers={"Sec-Fetch-Site": "same-origin"},
        raise_server_exceptions=False,
    )
