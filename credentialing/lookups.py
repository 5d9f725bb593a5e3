"""How lower rooms ask the sources this room knows."""

from __future__ import annotations

import datetime as dt

from credentialing.services.sources import Held, ask, known_source
from credentialing.sources.base import HttpFetcher
from practitioners.asking import Outcome, RegistryAnswer, register_registry

#: A person waits for the answer, so it is asked less patiently than by a job: at most about 13 seconds. The
#: answer is carried through a form, and a record of one person is some kilobytes.
FETCHER = HttpFetcher(
    timeout=4.0, deadline=6.0, attempts=2, backoff=0.2, backoff_max=0.5, max_bytes=256 * 1024
)


def ask_about_npi(npi: str, at: dt.datetime) -> RegistryAnswer:
    """Ask the NPI registry while a person waits."""
    source = known_source("nppes")
    reply = ask(source, {"npi": npi}, fetcher=FETCHER) if source else Held("The registry is not set up.")
    if isinstance(reply, Held):
        return RegistryAnswer(npi, Outcome.COULD_NOT_CHECK, reply.sentence, at, b"")
    return RegistryAnswer(npi, Outcome(str(reply.kind)), reply.sentence, reply.obtained_at, reply.raw)


register_registry(ask_about_npi)
