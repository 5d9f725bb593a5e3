"""Governing documents of the larger hospital: bylaws in force with an amendment out for comments, a policy
due for review, and who has acknowledged the bylaws.
"""

from __future__ import annotations

from pathlib import Path

from bylaws.choices import Acknowledgers, DocumentOwner, PolicyKind
from bylaws.models import Policy, PolicyVersion
from bylaws.rules.policy_text import sections_of
from bylaws.selectors.acknowledgements import acknowledgers
from bylaws.services import acknowledgements, policies, policy_comments
from config.demo.hospital import Hospital
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.rulebook.services.parameters import set_by_house

TEXTS = Path(__file__).parent / "documents"
CODE = "LMC"
TITLE = "Medical Staff Bylaws"
#: What the bylaws say in which section: code, subject, value.
NUMBERS = (
    ("7.3(b)", "bylaws.precautionary_review_days", "", 14),
    ("7.5", "bylaws.cure_months", "", 6),
    ("8.2", "bylaws.hearing_request_days", "", 30),
    ("8.3(b)", "bylaws.hearing_notice_days", "", 30),
    ("15.2", "bylaws.document_bodies", "bylaws", ["mec", "medical_staff", "board"]),
    ("15.3", "bylaws.document_review_months", "", 24),
)
#: Of so many members one has not acknowledged yet.
SLOW = 7
WAS = "Half of the meetings of a year are attended"
IS = "Three of five meetings of a year are attended"
REMOTE = "(d) Attendance from afar counts."


def tell_documents(hospital: Hospital, timeline: Timeline) -> None:
    """The bylaws with their numbers and acknowledgements, the amendment, and the policy on conduct."""
    bylaws = _bylaws(hospital, timeline)
    _acknowledge(hospital, bylaws.versions.get(), timeline)
    _conduct(hospital, timeline)
    _amendment(hospital, bylaws, timeline)


def _bylaws(hospital: Hospital, timeline: Timeline) -> Policy:
    facility, actor = hospital.facilities[CODE], hospital.staff_office(CODE)
    with clock.freeze(at(timeline.workday(330), 9)):
        made = policies.add_policy(
            actor=actor, facility=facility, number="MS-01", title=TITLE, kind=PolicyKind.BYLAWS,
            owner=DocumentOwner.MEDICAL_STAFF, body=_text("bylaws"), source_name="medical-staff-bylaws.docx",
        )  # fmt: skip
    _approve(hospital, made, timeline, 310)
    with clock.freeze(at(timeline.workday(295), 9)):
        policies.publish(
            actor=actor,
            version=made.versions.get(),
            in_force_from=timeline.workday(295),
            acknowledged_by=Acknowledgers.MEMBERS,
            acknowledge_until=timeline.workday(230),
        )
        for section, code, subject, value in NUMBERS:
            set_by_house(
                actor=actor,
                facility=facility,
                code=code,
                subject=subject,
                start=timeline.workday(295),
                value=value,
                citation=f"{TITLE} {section}",
            )
    return made


def _approve(hospital: Hospital, made: Policy, timeline: Timeline, days_ago: int) -> None:
    actor = hospital.staff_office(CODE)
    with clock.freeze(at(timeline.workday(days_ago), 16)):
        version = policies.put_before_bodies(actor=actor, version=made.versions.get())
        for body in policies.bodies_for(made):
            version = policies.record_approval(
                actor=actor,
                version=version,
                body=body,
                approved_on=timeline.workday(days_ago),
                minutes="Minutes, governing documents",
            )


def _acknowledge(hospital: Hospital, version: PolicyVersion, timeline: Timeline) -> None:
    """Most signed a paper; some said it on their page, and some have not yet."""
    with clock.freeze(at(timeline.workday(1), 15)):
        for number, each in enumerate(acknowledgers(version)):
            if each.practitioner.user is not None or number % SLOW == 0:
                continue
            acknowledgements.record_on_paper(
                actor=hospital.staff_office(CODE),
                version=version,
                practitioner=each.practitioner,
                signed_on=timeline.workday(250),
                filed_at="Binder of acknowledgements",
            )


def _conduct(hospital: Hospital, timeline: Timeline) -> None:
    """A policy of the medical staff that was approved nearly a year ago and is reviewed every year."""
    facility, actor = hospital.facilities[CODE], hospital.staff_office(CODE)
    with clock.freeze(at(timeline.workday(332), 10)):
        made = policies.add_policy(
            actor=actor, facility=facility, number="MS-02", title="Conduct", kind=PolicyKind.POLICY,
            owner=DocumentOwner.MEDICAL_STAFF, body=_text("conduct"), review_months=12,
        )  # fmt: skip
    _approve(hospital, made, timeline, 325)
    with clock.freeze(at(timeline.workday(320), 10)):
        policies.publish(actor=actor, version=made.versions.get(), in_force_from=timeline.workday(320))


def _amendment(hospital: Hospital, bylaws: Policy, timeline: Timeline) -> None:
    """The next version of the bylaws, out for comments, with one that is answered and one that is not."""
    actor = hospital.staff_office(CODE)
    body = _text("bylaws").replace(WAS, IS)
    minutes = "## 12.6 Minutes"
    body = body.replace(f"\n{minutes}", f"\n{REMOTE}\n\n{minutes}")
    with clock.freeze(at(timeline.workday(12), 10)):
        version = policies.write_version(
            actor=actor, policy=bylaws, body=body, note="Attendance: more of it, and from afar", newest=1
        )
        policies.ask_for_comments(actor=actor, version=version, until=timeline.ahead(18))
    attendance = next(each.key for each in sections_of(body) if each.number == "12.5(b)")
    with clock.freeze(at(timeline.workday(9), 19)):
        answered = policy_comments.comment(
            actor=hospital.users["president"], version=version, section=attendance,
            text="Three of five is hard for those who work nights. Could attendance from afar count?",
        )  # fmt: skip
    with clock.freeze(at(timeline.workday(8), 9)):
        policy_comments.resolve(
            actor=actor, comment=answered, resolution="12.5(d) says so from this version on."
        )
    with clock.freeze(at(timeline.workday(3), 20)):
        policy_comments.comment(
            actor=hospital.users["surgery-chair"], version=version, section=attendance,
            text="Does a meeting of the section count as one of the department?",
        )  # fmt: skip


def _text(name: str) -> str:
    return (TEXTS / f"{name}.md").read_text(encoding="utf-8")
