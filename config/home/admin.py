"""Third-party pages of the admin that have no place here."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib import admin

# Second factors belong to their owners, addresses to the accounts; neither is edited from outside.
for model in (Authenticator, EmailAddress, SocialAccount, SocialToken):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
