"""What happens to accounts, told to whoever keeps a record of it (the audit room stands above this one)."""

from django.dispatch import Signal

#: A role was given. Arguments: actor (User), assignment (RoleAssignment), valid (range of days).
role_given = Signal()

#: A role was ended. Arguments: actor (User), assignment (RoleAssignment), day (first day without it), reason.
role_ended = Signal()

#: An account was made, changed or closed. Arguments: actor (User), user (User), verb (past tense), reason.
account_changed = Signal()

#: An API token was made. Arguments: actor (User), token (ApiToken).
token_issued = Signal()

#: An API token was revoked. Arguments: actor (User), token (ApiToken).
token_revoked = Signal()

#: A list was saved, changed or deleted. Arguments: actor (User), saved (SavedList), verb (past tense).
saved_list_changed = Signal()
