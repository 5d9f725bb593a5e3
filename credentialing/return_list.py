"""Addresses that do not work: their list."""

from __future__ import annotations

from django.urls import reverse

from config.kernel.pages import Column, Table


def address_page(row) -> str:
    """Where an address that does not work is shown."""
    return reverse("credentialing:address", args=[row.failing_uid])


ADDRESSES = Table(
    caption="Addresses that do not work",
    order="practitioner",
    row_url=address_page,
    columns=(
        Column(
            "practitioner",
            "Practitioner",
            value="practitioner.display_name",
            kind="person",
            sort=("practitioner__sort_name",),
        ),
        Column("address", "Address", sort="address"),
        Column("reason", "What came back", narrow=False),
        Column("since", "Since", kind="moment", sort="since"),
    ),
)
ACCOUNTS = Table(
    caption="Accounts whose mail comes back",
    order="account",
    row_url=address_page,
    columns=(
        Column("account", "Account", value=str, kind="strong", sort=("last_name", "first_name", "username")),
        Column("address", "Address", sort="address"),
        Column("reason", "What came back", narrow=False),
        Column("since", "Since", kind="moment", sort="since"),
    ),
)
