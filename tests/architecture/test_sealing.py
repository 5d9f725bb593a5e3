"""Whatever is encrypted leaves and enters an installation readable: nothing encrypted is forgotten."""

from __future__ import annotations

import ast

from django.apps import apps
from django.db import models

from config.kernel.sealing import sealed_tables
from tests.architecture.sources import modules

#: Encrypts contents of the store, which the custody export opens one by one.
STORE = "practitioners.store"
#: Seals on loading what was opened; declared below.
SEALING = {"practitioners.sealing", "config.accounts.sealing", "credentialing.sealing"}


def encrypting() -> set[str]:
    """Modules that take ``encrypt`` or ``lookup_hash`` from the kernel."""
    return {
        str(path).removesuffix(".py").replace("/", ".")
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "config.kernel.encryption"
        and {name.name for name in node.names} & {"encrypt", "lookup_hash"}
    }


def test_every_module_that_encrypts_says_how_its_values_travel():
    declared = {table.written_by for table in sealed_tables().values()}
    assert encrypting() - SEALING - {STORE} == declared


def test_every_column_of_bytes_is_declared():
    """Bytes in a column are ciphertext here; everything else is text, or lies in the store."""
    found = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField)
    }
    assert found <= set(sealed_tables())
