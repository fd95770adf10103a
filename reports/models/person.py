"""A person: a Kaltura user of an account, and who was erased."""

from django.db import models

from reports.models.account import Account


class Person(models.Model):
    """Unique by `key`: `u:<user id>`, or for placeholder ids a key within one session.

    Empty, `Unknown` and hashed ids are never one person across sessions: see `reports.sync.people`.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="people")
    key = models.CharField(max_length=300)
    user_id = models.TextField(blank=True)  # as Kaltura gives it
    name = models.TextField(blank=True)
    email = models.TextField(blank=True)
    is_placeholder = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="person_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.user_id or "unknown"


class ErasedPerson(models.Model):
    """The keyed hash of an erased person's key: a later merge finds the pseudonym instead."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="erased_people")
    key_hash = models.CharField(max_length=64)
    pseudonym = models.ForeignKey(Person, models.CASCADE, related_name="+")
    erased_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "key_hash"], name="erased_once"),
        ]

    def __str__(self) -> str:
        return f"erased {self.erased_at:%Y-%m-%d}"
