"""Papers we typeset: letters, forms, certificates. Typst makes accessible PDF (PDF/UA-1) of plain data.

The same data and moment give the same bytes: only the fonts that come with the typesetter are used, and the
timestamp inside the file is the moment of issue. So a paper can be made again and its hash compared.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final

import typst
from django.conf import settings

STANDARD: Final = "ua-1"


def typeset(template: str, data: Mapping[str, Any], *, issued_at: dt.datetime) -> bytes:
    """The PDF of ``templates/typst/<template>.typ`` of ``data`` (plain values), as of ``issued_at``."""
    folder = settings.BASE_DIR / "templates" / "typst"
    return typst.compile(
        str(folder / f"{template}.typ"),
        root=str(folder),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, sort_keys=True, ensure_ascii=False)},
        pdf_standards=[STANDARD],
        timestamp=int(issued_at.timestamp()),
    )
