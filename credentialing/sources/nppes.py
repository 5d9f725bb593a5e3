"""The NPI registry (NPPES, API v2.1) as a source.

It proves that an NPI exists, is active and belongs to a person of this name. Specialty and licence in it are
what the person reported, so their agreement is a hint and their difference a question, never a verification
of a licence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from credentialing.sources.base import CouldNotCheck, Fetched, HttpFetcher, Reply, ReplyKind, could_not_check
from practitioners.importing.nppes import (
    ORGANIZATION,
    PersonName,
    RegistryRecord,
    Rejected,
    UnusableFile,
    read_errors,
    read_one,
    read_raw_results,
)
from practitioners.rules import licence_numbers
from practitioners.rules.names import search_key, search_variants, split_surname
from practitioners.rules.nicknames import are_nicknames
from practitioners.rules.npi import check_npi

API_VERSION = "2.1"
PUBLIC_URL = "https://npiregistry.cms.hhs.gov/api/"


@dataclass(frozen=True)
class FieldComparison:
    """One claimed field beside what the source has. ``agrees`` is None when the source says nothing."""

    field: str
    claimed: str
    found: str
    agrees: bool | None
    note: str = ""


@dataclass(frozen=True)
class NppesSource:
    """Asks the registry about one NPI. ``look_up({"npi": "..."})``."""

    base_url: str = PUBLIC_URL
    fetcher: HttpFetcher = field(default_factory=HttpFetcher)
    code: str = "nppes"
    name: str = "The NPI registry (NPPES)"

    def look_up(self, query: Mapping[str, str], *, obtained_at: dt.datetime) -> Reply:
        """Ask about ``query["npi"]``. Raises ``Problem`` when that is no NPI; see ``Source`` for the rest.

        FOUND carries the record's fields, ``fields["status"]`` and ``fields["enumeration_type"]`` among
        them: a deactivated NPI or an organization's is found, and its sentence says so.
        """
        npi = check_npi(query.get("npi"))
        params = {"version": API_VERSION, "number": npi}
        try:
            fetched = self.fetcher.get(self.base_url, params)
        except CouldNotCheck as failure:
            return could_not_check(
                self.code,
                self.name,
                failure,
                obtained_at=obtained_at,
                url=f"{self.base_url}?version={API_VERSION}&number={npi}",
            )
        try:
            return self._read(fetched, npi, obtained_at)
        except CouldNotCheck as failure:
            unread = CouldNotCheck(
                failure.reason, attempts=fetched.attempts, body=fetched.body, media_type=fetched.media_type
            )
            return could_not_check(self.code, self.name, unread, obtained_at=obtained_at, url=fetched.url)

    def _read(self, fetched: Fetched, npi: str, obtained_at: dt.datetime) -> Reply:
        results = _results(fetched.body)
        if not results:
            return self._reply(
                ReplyKind.NOT_FOUND,
                fetched,
                obtained_at,
                f"The NPI registry has no record of NPI {npi}.",
                {"npi": npi},
            )
        if len(results) > 1:
            raise CouldNotCheck(f"it answered with {len(results)} records to a question about one NPI")
        raw = results[0]
        if not isinstance(raw, dict) or str(raw.get("number", "")) != npi:
            raise CouldNotCheck("it answered about another NPI than the one asked for")
        if raw.get("enumeration_type") == ORGANIZATION:
            return self._reply(
                ReplyKind.FOUND,
                fetched,
                obtained_at,
                f"NPI {npi} belongs to an organization, not to a person.",
                {"npi": npi, "enumeration_type": ORGANIZATION, "status": _status(raw)},
            )
        record = read_one(raw, accept_deactivated=True)
        if isinstance(record, Rejected):
            raise CouldNotCheck("its record has a shape that is not known: " + record.sentence.rstrip("."))
        state = "active" if record.active else f"not active (status {record.status})"
        sentence = f"NPI {npi} is {state} in the NPI registry: {record.name.display}."
        return self._reply(
            ReplyKind.FOUND,
            fetched,
            obtained_at,
            sentence,
            record.as_fields(),
            source_date=record.last_updated,
        )

    def _reply(
        self,
        kind: ReplyKind,
        fetched: Fetched,
        obtained_at: dt.datetime,
        sentence: str,
        fields: Mapping[str, Any],
        source_date: dt.date | None = None,
    ) -> Reply:
        return Reply(
            kind=kind,
            source=self.code,
            sentence=sentence,
            obtained_at=obtained_at,
            raw=fetched.body,
            media_type=fetched.media_type,
            url=fetched.url,
            source_date=source_date,
            fields=fields,
            attempts=fetched.attempts,
        )


def record_of(reply: Reply) -> RegistryRecord | None:
    """The individual's record in a found reply, read again from its raw bytes; None when there is none."""
    if reply.kind is not ReplyKind.FOUND:
        return None
    record = read_one(read_raw_results(reply.raw)[0], accept_deactivated=True)
    return record if isinstance(record, RegistryRecord) else None


def compare(record: RegistryRecord, claimed: Mapping[str, str]) -> list[FieldComparison]:
    """The claimed fields that are given, each beside the record's.

    ``claimed`` may have ``last_name``, ``first_name``, ``state`` (of practice), ``taxonomy`` (code),
    ``licence_number`` and with it ``licence_state``. Case, accents, hyphens and suffixes never make a
    difference; a former or professional name of the record agrees, and the note says so.
    """
    given = {name: str(value).strip() for name, value in claimed.items() if value and str(value).strip()}
    comparisons = []
    if "last_name" in given:
        comparisons.append(_last_name(record, given["last_name"]))
    if "first_name" in given:
        comparisons.append(_first_name(record, given["first_name"]))
    if "state" in given:
        found = [item.state for item in record.addresses if item.purpose != "mailing" and item.state]
        comparisons.append(_one_of("state", given["state"].upper(), found, "of practice"))
    if "taxonomy" in given:
        comparisons.append(
            _one_of("taxonomy", given["taxonomy"].upper(), [item.code for item in record.taxonomies])
        )
    if "licence_number" in given:
        comparisons.append(_licence(record, given["licence_number"], given.get("licence_state", "").upper()))
    return comparisons


def _last_name(record: RegistryRecord, claimed: str) -> FieldComparison:
    for name in (record.name, *record.other_names):
        if _surname_forms(claimed) & _surname_forms(name.last_name):
            return FieldComparison("last_name", claimed, name.last_name, True, _which(name))
    return FieldComparison("last_name", claimed, record.name.last_name, False)


def _first_name(record: RegistryRecord, claimed: str) -> FieldComparison:
    for name in (record.name, *record.other_names):
        if set(search_variants(claimed)) & set(search_variants(name.first_name)):
            return FieldComparison("first_name", claimed, name.first_name, True, _which(name))
    found = record.name.first_name
    note = ""
    if are_nicknames(search_key(claimed), search_key(found)):
        note = f"{claimed} and {found} are used for one another."
    return FieldComparison("first_name", claimed, found, False if found else None, note)


def _licence(record: RegistryRecord, number: str, state: str) -> FieldComparison:
    claimed = f"{state} {number}".strip()
    stated = [
        item
        for item in record.taxonomies
        if item.licence_number and (not state or item.licence_state == state)
    ]
    found = ", ".join(f"{item.licence_state} {item.licence_number}".strip() for item in stated)
    if not stated:
        where = f" for {state}" if state else ""
        return FieldComparison("licence_number", claimed, "", None, f"The registry states no license{where}.")
    outcomes = {licence_numbers.compare(number, item.licence_number) for item in stated}
    if licence_numbers.LicenceNumberMatch.SAME in outcomes:
        return FieldComparison("licence_number", claimed, found, True, "Self-reported to the registry.")
    note = ""
    if licence_numbers.LicenceNumberMatch.SAME_BUT_FOR_LEADING_ZEROS in outcomes:
        note = "The numbers differ in leading zeros only."
    return FieldComparison("licence_number", claimed, found, False, note)


def _one_of(name: str, claimed: str, found: list[str], what: str = "") -> FieldComparison:
    distinct = list(dict.fromkeys(found))
    if not distinct:
        return FieldComparison(name, claimed, "", None, f"The registry states no {name} {what}".strip() + ".")
    return FieldComparison(name, claimed, ", ".join(distinct), claimed in distinct)


def _surname_forms(text: str) -> set[str]:
    return set(search_variants(split_surname(text).surname))


def _which(name: PersonName) -> str:
    return "" if name.kind == "legal" else f"Agrees with a {name.kind} name of the record."


def _status(raw: Mapping[str, Any]) -> str:
    basic = raw.get("basic")
    return str(basic.get("status", "")) if isinstance(basic, Mapping) else ""


def _results(body: bytes) -> list[Any]:
    try:
        if errors := read_errors(body):
            raise CouldNotCheck("it answered with an error, " + "; ".join(str(error) for error in errors[:3]))
        return read_raw_results(body)
    except UnusableFile as error:
        raise CouldNotCheck("its answer is not one of the registry's format") from error
