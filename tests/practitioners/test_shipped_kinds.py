"""The kinds of credentials that are shipped: each is one a form can show."""

from __future__ import annotations

import pytest
import yaml

from practitioners.rules.credential_schema import mistakes_in_schema
from practitioners.services.reference import FILE

KINDS = yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["code"])
def test_every_field_a_form_shows_is_one_of_its_kind(kind):
    assert mistakes_in_schema(kind["fields"]) == []
