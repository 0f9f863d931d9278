import uuid

from django.db import models


class Author(models.Model):
    class Role(models.TextChoices):
        READER = "reader"
        EDITOR = "editor"
        ADMIN = "admin"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    logins = models.PositiveIntegerField(default=0)
    balance = models.DecimalField(max_digits=10, decimal_places=2)
    birthday = models.DateField(null=True)
    joined_at = models.DateTimeField()
    settings = models.JSONField(default=dict)
    avatar = models.BinaryField(null=True)


class Tag(models.Model):
    name = models.SlugField(max_length=50, unique=True, allow_unicode=True)


class Post(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    title = models.CharField(max_length=200)
    body = models.TextField(null=True)
    is_published = models.BooleanField()
    published_at = models.DateTimeField(null=True)
    rating = models.FloatField()
    reading_time = models.DurationField(null=True)
    daily_at = models.TimeField(null=True)
    posted_from = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    tags = models.ManyToManyField(Tag)
