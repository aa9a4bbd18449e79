"""A process with FastAPI and SQLAlchemy in it and nothing else: what idle memory is compared to."""

import sys

import uvicorn
from fastapi import FastAPI
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    """The base of one table."""


class One(Base):
    """One row."""

    __tablename__ = "one"

    id: Mapped[int] = mapped_column(primary_key=True)


if __name__ == "__main__":
    app = FastAPI()
    engine = (
        create_engine(sys.argv[2])
        if len(sys.argv) > 2
        else create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    )
    Base.metadata.create_all(engine)

    @app.get("/")
    def first() -> int | None:
        """Return the first row."""
        with Session(engine) as session:
            return session.scalar(select(One.id))

    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
