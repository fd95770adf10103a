"""A Kaltura account: a partner at an endpoint, and how to sign in to it."""

import secrets
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.encrypted import EncryptedTextField


class SignInMethod(models.TextChoices):
    APP_TOKEN = "app-token", _("App token (recommended)")
    ADMIN_SECRET = "admin-secret", _("Partner id and admin secret")
    KS = "ks", _("A pasted Kaltura session (KS)")
    NONE = "none", _("No API access: files are uploaded")


def new_erasure_key() -> str:
    """Return a fresh key for the hashes of erased people; it outlives every rotation of secrets."""
    return secrets.token_hex(32)


class Account(models.Model):
    """Endpoint and partner are what all stored data hangs on: they never change once saved."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    endpoint = models.CharField(_("endpoint"), max_length=40)  # a name out of settings, not a URL
    partner_id = models.PositiveBigIntegerField(_("partner id"))
    sign_in = models.CharField(_("sign-in"), max_length=20, choices=SignInMethod)
    app_token_id = models.CharField(_("app token id"), max_length=80, blank=True)
    hash_type = models.CharField(_("hash type"), max_length=10, default="SHA256")
    secret = EncryptedTextField(_("secret"))  # the app token, the admin secret or the KS itself
    ks_user_id = models.CharField(
        max_length=200, blank=True
    )  # as session.get told at the last check
    ks_expires_at = models.DateTimeField(null=True)  # of a pasted KS, which can't be renewed
    checked_at = models.DateTimeField(null=True)
    # Kaltura doesn't say whether breakout minutes are already in the main session's: design.md.
    breakouts_add = models.BooleanField(
        _("breakout minutes add to the main session's"), default=True
    )
    erasure_key = EncryptedTextField(default=new_erasure_key)
    data_version = models.PositiveBigIntegerField(default=0)  # grows with every merge and decision
    created_at = models.DateTimeField(auto_now_add=True)
    removal_asked_at = models.DateTimeField(null=True)  # it is being deleted: reports.sync.removal

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "partner_id"], name="account_partner_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            stored = (
                Account.objects.filter(pk=self.pk).values_list("endpoint", "partner_id").first()
            )
            if stored not in (None, (self.endpoint, self.partner_id)):
                raise ValueError("The endpoint and partner of an account never change.")
        super().save(*args, **kwargs)

    @property
    def has_api(self) -> bool:
        """True when Kaltura can be asked; else all data comes from uploaded files."""
        return self.sign_in != SignInMethod.NONE
