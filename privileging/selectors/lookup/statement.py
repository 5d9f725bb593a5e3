"""The one statement about one person."""

from __future__ import annotations

import datetime as dt
from typing import Any

from config.kernel.periods import known_sql

#: What became of a request is stored as it is now. Of a past moment only this can be told for certain: that
#: the board had not granted it by then, which is the end of a request.
_SETTLED = """r.requested_at <= %(known_at)s AND l.status = 'denied' AND EXISTS (
      SELECT FROM bylaws_decisionline s JOIN bylaws_decision k ON k.id = s.decision_id
       WHERE s.line_uid = l.uid AND k.kind = 'decision' AND k.recorded_at <= %(known_at)s)"""

#: Whether the form of the grant ``i`` is one of the example catalog that no body has approved, as known.
IS_EXAMPLE = """(SELECT f.example AND NOT ({approved})
     FROM privileging_formline l
     JOIN privileging_privilegeformversion w ON w.id = l.version_id
     JOIN privileging_privilegeform f ON f.id = w.form_id
    WHERE l.id = i.form_line_id)"""

#: Everything one question needs, in one statement. Each list is short. Asked by the number of a merged
#: record, it answers about the person. Their records are gathered once (OFFSET keeps it so): most of the time
#: goes into planning.
_ONE = """
SELECT p.id, p.uid, p.display_name, p.npi, p.provider_type, v.id, v.uid, v.code, v.name,
  (SELECT json_agg(json_build_object(
       'start', lower(g.valid), 'end', upper(g.valid), 'conditions', g.conditions, 'kind', g.kind,
       'decided_on', i.decided_on, 'authority', i.authority, 'decision', d.uid,
       'example', {is_example}) ORDER BY lower(g.valid))
     FROM privileging_grantperiod g
     JOIN privileging_grant i ON i.id = g.identity_id
     LEFT JOIN bylaws_decision d ON d.id = i.decision_id
    WHERE g.practitioner_id = ANY (p.records) AND g.privilege_id = v.id AND g.facility_id = %(facility)s
      AND {known_g}) AS grants,
  (SELECT json_agg(json_build_object(
       'start', lower(a.valid), 'end', upper(a.valid), 'category', c.name,
       'carries', c.carries_privileges, 'department', t.name) ORDER BY lower(a.valid))
     FROM bylaws_appointmentperiod a
     JOIN bylaws_staffcategory c ON c.id = a.category_id
     JOIN organization_department t ON t.id = a.department_id
    WHERE a.practitioner_id = ANY (p.records) AND a.facility_id = %(facility)s AND {known_a}) AS appointments,
  (SELECT json_agg(json_build_object(
       'kind', i.kind, 'start', lower(b.valid), 'end', upper(b.valid), 'cause', b.cause,
       'citation', b.citation, 'condition', b.condition, 'rule', i.rule_code) ORDER BY lower(b.valid), b.id)
     FROM bylaws_bar i
     JOIN bylaws_barperiod b ON b.identity_id = i.id
    WHERE i.practitioner_id = ANY (p.records) AND i.facility_id = %(facility)s
      AND b.valid @> %(on)s::date AND {known_b}
      AND (b.scope = %(all)s OR b.privilege_codes @> to_jsonb(v.code::text))) AS bars,
  (SELECT json_build_object('status', l.status, 'decided_on', n.decided_on)
     FROM credentialing_application n
     JOIN privileging_privilegerequest r ON r.application_id = n.id
     JOIN privileging_requestline l ON l.request_id = r.id
     JOIN privileging_formline f ON f.id = l.form_line_id
    WHERE n.practitioner_id = ANY (p.records) AND n.facility_id = %(facility)s AND f.privilege_id = v.id
      AND {known_l}
    ORDER BY r.requested_at DESC, l.id DESC LIMIT 1) AS asked
FROM (SELECT 1) AS one
LEFT JOIN (
    SELECT person.id, person.uid, person.display_name, person.npi, person.provider_type,
           ARRAY(SELECT person.id UNION ALL SELECT m.practitioner_id
                   FROM practitioners_practitioneraliasperiod m
                  WHERE m.canonical_id = person.id AND {known_m}) AS records
      FROM practitioners_practitioner named
      LEFT JOIN practitioners_practitioneraliasperiod m ON m.practitioner_id = named.id AND {known_m}
      JOIN practitioners_practitioner person ON person.id = coalesce(m.canonical_id, named.id)
     WHERE {who}
    OFFSET 0) AS p ON true
LEFT JOIN privileging_privilege v ON v.code = %(code)s
"""


def one_statement(*, by_npi: bool, then: bool) -> str:
    """The statement of :func:`can_perform`: by NPI or by id, as known now or at a past moment."""
    parts = known_parts(then) | {"known_l": _SETTLED if then else "true"}
    by_number = "named.npi = %(npi)s AND named.withdrawn_at IS NULL"
    return _ONE.format(who=by_number if by_npi else "named.id = %(person)s", **parts)


def known_parts(then: bool) -> dict[str, str]:
    """Conditions on what was known of the tables g, a, b and m, and whether a grant is on an example form."""
    parts = {f"known_{table}": known_sql(table, then=then) for table in "gabm"}
    parts["is_example"] = IS_EXAMPLE.format(
        approved="w.approval_recorded_at <= %(known_at)s" if then else "w.approval_recorded_at IS NOT NULL"
    )
    return parts


def dated(rows: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Rows of the statement with their days as dates (JSON carries text)."""
    for row in rows or ():
        for key in ("start", "end", "decided_on"):
            if row.get(key):
                row[key] = dt.date.fromisoformat(row[key])
    return rows or []
