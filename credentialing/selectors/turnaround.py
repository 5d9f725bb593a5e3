"""How long decided files took, step by step, and what held them up. Three statements, however many files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from credentialing.choices import Element

#: Steps in their order, by code: what happened between which two days.
STEPS = {
    "complete": "Received to complete",
    "chair": "Complete to department chair",
    "committee": "Chair to credentials committee",
    "mec": "Committee to Medical Executive Committee",
    "board": "Medical Executive Committee to board",
    "notified": "Board to letter",
    "whole": "Received to board",
}
#: For whom a file waits, by code: its words, and the step the days lie in. Applicant, sources and office wait
#: side by side in the first step; each body has a step of its own.
WAITS = {
    "applicant": ("The applicant", "complete"),
    "source": ("A source", "complete"),
    "office": ("The office alone", "complete"),
    "chair": ("The department chair", "chair"),
    "committee": ("The credentials committee", "committee"),
    "mec": ("The Medical Executive Committee", "mec"),
    "board": ("The board", "board"),
}
#: A body that was not asked leaves its step empty; the next counts from the last day there was.
_FILES = """
WITH files AS (
  SELECT a.id, a.received_on AS received, a.complete_on AS complete, a.decided_on AS board,
         b.chair, b.committee, b.mec, l.notified
    FROM credentialing_application a
    LEFT JOIN LATERAL (
      SELECT max(d.decided_on) FILTER (WHERE d.body = 'department_chair') AS chair,
             max(d.decided_on) FILTER (WHERE d.body = 'credentials_committee') AS committee,
             max(d.decided_on) FILTER (WHERE d.body = 'mec') AS mec
        FROM bylaws_decision d
        JOIN bylaws_reviewstep s ON s.id = d.step_id
        JOIN bylaws_reviewcase c ON c.id = s.case_id
       WHERE c.subject_uid = a.uid AND d.decided_on <= a.decided_on) b ON true
    LEFT JOIN LATERAL (
      SELECT min(issued_on) AS notified FROM practitioners_letter
       WHERE subject_uid = a.uid AND kind = 'decision') l ON true
   WHERE a.facility_id = ANY (%(places)s) AND a.decided_on BETWEEN %(first)s AND %(last)s
     AND (%(kind)s = '' OR a.kind = %(kind)s)
)
"""
_STEPS = (
    _FILES
    + """
SELECT step, count(days), percentile_cont(0.5) WITHIN GROUP (ORDER BY days),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY days)
  FROM files, LATERAL (VALUES
    ('complete', complete - received),
    ('chair', chair - coalesce(complete, received)),
    ('committee', committee - coalesce(chair, complete, received)),
    ('mec', mec - coalesce(committee, chair, complete, received)),
    ('board', board - coalesce(mec, committee, chair, complete, received)),
    ('notified', notified - board),
    ('whole', board - received)) AS taken(step, days)
 WHERE days IS NOT NULL
 GROUP BY step
"""
)
_CAUSES = (
    _FILES  # noqa: S608 - a statement of our own, its values are parameters
    + """
, longest AS (
  SELECT DISTINCT ON (i.application_id) i.element,
         extract(epoch FROM i.reviewed_at - coalesce(i.requested_at, a.opened_at)) / 86400 AS days
    FROM credentialing_verificationitem i
    JOIN files f ON f.id = i.application_id
    JOIN credentialing_application a ON a.id = i.application_id
   WHERE i.reviewed_at IS NOT NULL AND i.status <> 'superseded'
     AND i.element <> 'EXCLUSION'  -- screened again every month: it holds nothing up
   ORDER BY i.application_id, i.reviewed_at - coalesce(i.requested_at, a.opened_at) DESC, i.id
)
SELECT element, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY days)
  FROM longest GROUP BY element ORDER BY count(*) DESC, element
"""
)


#: Days somebody waited, each counted once however much was open that day. Until the file is complete: what
#: the applicant was asked for (their attestation too) and not answered, what a source was asked for and had
#: not answered; the office has the days on which neither was waited for.
_WAITS = (
    _FILES  # noqa: S608 - a statement of our own, its values are parameters
    + """
, spans AS (
  SELECT f.id, 'applicant' AS cause,
         daterange(
           d.asked_on, (coalesce(d.answered_at, d.withdrawn_at) AT TIME ZONE p.time_zone)::date) AS span
    FROM files f
    JOIN credentialing_application a ON a.id = f.id
    JOIN organization_facility p ON p.id = a.facility_id
    JOIN credentialing_deficiency d ON d.application_id = f.id
   WHERE (coalesce(d.answered_at, d.withdrawn_at) AT TIME ZONE p.time_zone)::date > d.asked_on
  UNION ALL
  SELECT f.id, CASE i.element WHEN 'ATTESTATION' THEN 'applicant' ELSE 'source' END,
         daterange((i.requested_at AT TIME ZONE p.time_zone)::date, i.verified_on)
    FROM files f
    JOIN credentialing_application a ON a.id = f.id
    JOIN organization_facility p ON p.id = a.facility_id
    JOIN credentialing_verificationitem i ON i.application_id = f.id
   WHERE i.status <> 'superseded' AND i.element <> 'EXCLUSION'
     AND i.verified_on > (i.requested_at AT TIME ZONE p.time_zone)::date
), waited AS (
  SELECT s.id, s.cause, range_agg(s.span * daterange(f.received, f.complete)) AS spans
    FROM spans s JOIN files f ON f.id = s.id
   WHERE f.received < f.complete
   GROUP BY s.id, s.cause
), days AS (
  SELECT w.id, w.cause, (SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(w.spans) r) AS days
    FROM waited w
  UNION ALL
  SELECT f.id, 'office', f.complete - f.received - coalesce(
         (SELECT sum(upper(r) - lower(r)) FROM unnest(
           (SELECT range_agg(each) FROM waited w, unnest(w.spans) each WHERE w.id = f.id)) r), 0)
    FROM files f WHERE f.received < f.complete
  UNION ALL
  SELECT id, body, days FROM files, LATERAL (VALUES
    ('chair', chair - coalesce(complete, received)),
    ('committee', committee - coalesce(chair, complete, received)),
    ('mec', mec - coalesce(committee, chair, complete, received)),
    ('board', board - coalesce(mec, committee, chair, complete, received))) AS took(body, days)
), weighed AS (
  SELECT cause, days, row_number() OVER (PARTITION BY id ORDER BY days DESC, cause) AS place
    FROM days WHERE days > 0
)
SELECT cause, count(*), count(*) FILTER (WHERE place = 1),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY days),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY days)
  FROM weighed GROUP BY cause
"""
)


@dataclass(frozen=True)
class Step:
    """How many days one step took, over ``n`` files that went through it."""

    code: str
    n: int = 0
    median: float | None = None
    p90: float | None = None

    @property
    def label(self) -> str:
        """Between which two days it lies."""
        return STEPS[self.code]


@dataclass(frozen=True)
class Cause:
    """The element that stayed open longest, in how many files, and for how many days (median)."""

    element: str
    n: int
    median: float

    @property
    def label(self) -> str:
        """The element's name."""
        return Element(self.element).label


@dataclass(frozen=True)
class Wait:
    """For whom files waited: in ``n`` files at all, longer than for anybody else in ``longest`` of them, and
    for how many days where they did.
    """

    code: str
    n: int = 0
    longest: int = 0
    median: float | None = None
    p90: float | None = None

    @property
    def label(self) -> str:
        """Who it is."""
        return WAITS[self.code][0]

    @property
    def step(self) -> str:
        """In which step the days lie."""
        return STEPS[WAITS[self.code][1]]


@dataclass(frozen=True)
class Turnaround:
    """The whole report."""

    steps: Sequence[Step]
    causes: Sequence[Cause]
    waits: Sequence[Wait] = ()

    @property
    def n(self) -> int:
        """Files from receipt to decision."""
        return self.steps[-1].n


def turnaround(
    facility_ids: Sequence[int], *, first_day: dt.date, last_day: dt.date, kind: str = ""
) -> Turnaround:
    """Calendar days by step of the files decided within these days: median, 90th percentile, how many.

    ``kind`` empty: initial appointments and reappointments together.
    """
    asked: dict[str, Any] = {"places": list(facility_ids), "first": first_day, "last": last_day, "kind": kind}
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, asked)
        found = {code: Step(code, n, median, p90) for code, n, median, p90 in cursor.fetchall()}
        cursor.execute(_CAUSES, asked)
        causes = [Cause(element, n, float(median)) for element, n, median in cursor.fetchall()]
        cursor.execute(_WAITS, asked)
        waited = {row[0]: Wait(*row) for row in cursor.fetchall()}
    return Turnaround(
        [found.get(code, Step(code)) for code in STEPS],
        causes,
        [waited.get(code, Wait(code)) for code in WAITS],
    )
