"""An application on SQLAlchemy, with declarative models."""

import datetime
import enum
import os
import uuid

from serve import as_bytes, as_day, as_instant, serve
from sqlalchemy import (
    CHAR,
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    ForeignKey,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    String,
    Table,
    Text,
    Time,
    TypeDecorator,
    create_engine,
)
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Session, declarative_base, relationship

Base = declarative_base()


class Guid(TypeDecorator):
    """PostgreSQL's own type there, and 32 digits elsewhere."""

    impl = CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect):
        return dialect.type_descriptor(UUID() if dialect.name == "postgresql" else CHAR(32))

    def process_bind_param(self, value, dialect):
        return value if value is None or dialect.name == "postgresql" else uuid.UUID(value).hex

    def process_result_value(self, value, dialect):
        return None if value is None else str(uuid.UUID(value))


class Role(enum.Enum):
    reader = 1
    editor = 2
    admin = 3


class Author(Base):
    __tablename__ = "author"
    id = Column(Guid, primary_key=True)
    email = Column(String(255), nullable=False, unique=True)
    role = Column(Enum(Role), nullable=False)
    is_active = Column(Boolean, nullable=False)
    logins = Column(Integer, nullable=False)
    balance = Column(Numeric(10, 2), nullable=False)
    birthday = Column(Date)
    joined_at = Column(DateTime, nullable=False)
    settings = Column(JSON, nullable=False)
    avatar = Column(LargeBinary)


post_tag = Table(
    "post_tag",
    Base.metadata,
    Column("post_id", ForeignKey("post.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)


class Tag(Base):
    __tablename__ = "tag"
    id = Column(Integer, primary_key=True)
    name = Column(String(50), nullable=False, unique=True)


class Post(Base):
    __tablename__ = "post"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("author.id", ondelete="CASCADE"), nullable=False, index=True)
    title = Column(String(200), nullable=False)
    body = Column(Text)
    is_published = Column(Boolean, nullable=False)
    published_at = Column(DateTime)
    rating = Column(Float, nullable=False)
    reading_time = Column(Interval)
    daily_at = Column(Time)
    created_at = Column(DateTime, nullable=False, default=datetime.datetime.utcnow)
    tags = relationship(Tag, secondary=post_tag, order_by=Tag.id)


file = os.environ.get("SQLITE_FILE")
engine = create_engine(
    f"sqlite:///{file}" if file is not None else os.environ["POSTGRES_URL"].replace("postgres://", "postgresql://")
)
session = Session(engine)


def naive(text):
    """A DateTime of SQLAlchemy has no zone."""
    instant = as_instant(text)
    return instant and instant.replace(tzinfo=None)


def create_tables():
    Base.metadata.create_all(engine)


def write(blog):
    for author in blog["authors"]:
        session.add(
            Author(
                id=author["id"],
                email=author["email"],
                role=Role[author["role"]],
                is_active=author["isActive"],
                logins=author["logins"],
                balance=author["balance"],
                birthday=as_day(author["birthday"]),
                joined_at=naive(author["joinedAt"]),
                settings=author["settings"],
                avatar=as_bytes(author["avatar"]),
            )
        )
    tags = {name: Tag(id=i + 1, name=name) for i, name in enumerate(blog["tags"])}
    session.add_all(tags.values())
    for post in blog["posts"]:
        session.add(
            Post(
                author_id=post["authorId"],
                title=post["title"],
                body=post["body"],
                is_published=post["isPublished"],
                published_at=naive(post["publishedAt"]),
                rating=post["rating"],
                reading_time=datetime.timedelta(seconds=90000.5 * (post["rating"] - 1)),
                daily_at=naive(post["publishedAt"]) and naive(post["publishedAt"]).time(),
                tags=[tags[name] for name in post["tags"]],
            )
        )
        session.flush()
    session.commit()


def read():
    session.expire_all()
    return {
        "authors": [fields_of(author) for author in session.query(Author).order_by(Author.email)],
        "posts": [
            {**fields_of(post), "tags": [tag.name for tag in post.tags]}
            for post in session.query(Post).order_by(Post.id)
        ],
    }


def fields_of(row):
    fields = {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
    return {key: value.name if isinstance(value, Role) else value for key, value in fields.items()}


def add_post(author, title):
    post = Post(author_id=author, title=title, is_published=True, rating=1)
    session.add(post)
    session.commit()
    return post.id


serve(create_tables=create_tables, write=write, read=read, add_post=add_post)
