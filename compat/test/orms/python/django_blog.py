"""An application on Django, with the tables of Django's own applications beside it."""

import datetime
import os
from urllib.parse import urlparse

import django
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from serve import as_bytes, as_day, as_instant, serve


def database():
    file = os.environ.get("SQLITE_FILE")
    if file is not None:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": file}
    url = urlparse(os.environ["POSTGRES_URL"])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path[1:],
        "USER": url.username,
        "PASSWORD": url.password,
        "HOST": url.hostname,
        "PORT": url.port,
    }


settings.configure(
    DATABASES={"default": database()},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "blog",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    SECRET_KEY="of a test",
    USE_TZ=True,
)
django.setup()

from blog.models import Author, Post, Tag  # noqa: E402
from django.contrib.auth.models import Permission, User  # noqa: E402


def create_tables():
    call_command("migrate", run_syncdb=True, verbosity=0)


@transaction.atomic
def write(blog):
    editor = User.objects.create_user("editor", "editor@example.org", "a password")
    editor.user_permissions.set(Permission.objects.filter(content_type__app_label="blog"))
    for author in blog["authors"]:
        Author.objects.create(
            id=author["id"],
            email=author["email"],
            role=author["role"],
            is_active=author["isActive"],
            logins=author["logins"],
            balance=author["balance"],
            birthday=as_day(author["birthday"]),
            joined_at=as_instant(author["joinedAt"]),
            settings=author["settings"],
            avatar=as_bytes(author["avatar"]),
        )
    tags = {name: Tag.objects.create(name=name) for name in blog["tags"]}
    for post in blog["posts"]:
        made = Post.objects.create(
            author_id=post["authorId"],
            title=post["title"],
            body=post["body"],
            is_published=post["isPublished"],
            published_at=as_instant(post["publishedAt"]),
            rating=post["rating"],
            reading_time=datetime.timedelta(seconds=90 * post["rating"]),
            daily_at=as_instant(post["publishedAt"]) and as_instant(post["publishedAt"]).time(),
            posted_from="2001:db8::1" if post["isPublished"] else "192.0.2.7",
        )
        made.tags.set([tags[name] for name in post["tags"]])


def read():
    user = User.objects.get()
    return {
        "authors": [fields_of(author) for author in Author.objects.order_by("email")],
        "posts": [
            {**fields_of(post), "tags": list(post.tags.order_by("id").values_list("name", flat=True))}
            for post in Post.objects.order_by("id")
        ],
        "user": [user.username, user.is_active, user.date_joined, user.check_password("a password")],
        "permissions": sorted(user.get_all_permissions()),
    }


def fields_of(row):
    """Those that no form shows, too."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def add_post(author, title):
    return Post.objects.create(author_id=author, title=title, is_published=True, rating=1).id


serve(create_tables=create_tables, write=write, read=read, add_post=add_post)
