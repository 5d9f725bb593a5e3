"""How lower rooms ask the sources this room knows."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from credentialing.sources.base import HttpFetcher
from credentialing.sources.nppes import NppesSource
from practitioners.asking import Outcome, RegistryAnswer, register_registry

#: A person waits for the answer, so it is asked less patiently than by a job: at most about 13 seconds. The
#: answer is carried through a form, and a record of one person is some kilobytes.
FETCHER = HttpFetcher(
    timeout=4.0, deadline=6.0, attempts=2, backoff=0.2, backoff_max=0.5, max_bytes=256 * 1024
)


def ask_about_npi(npi: str, at: dt.datetime) -> RegistryAnswer:
    """Ask the NPI registry while a person waits."""
    reply = NppesSource(base_url=settings.NPPES_API_URL, fetcher=FETCHER).look_up(
        {"npi": npi}, obtained_at=at
    )
    return RegistryAnswer(npi, Outcome(str(reply.kind)), reply.sentence, reply.obtained_at, reply.raw)


register_registry(ask_about_npi)
