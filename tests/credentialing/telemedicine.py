"""Distant sites as the tests have them: an agreement, its list, somebody on it."""

from __future__ import annotations

import datetime as dt

from config.kernel import clock
from credentialing.models import ProxyAgreement
from credentialing.services import telemedicine as services
from credentialing.services.telemedicine import Terms

HEAD = "npi,name,privileges,license_state,license_number\n"
HOSPITAL_TERMS = ("governing_body", "participates", "list", "license", "feedback")
ENTITY_TERMS = ("contractor", "standards", "list", "license", "feedback")


def terms(start: dt.date, last_day: dt.date | None = None, **more) -> Terms:
    """Everything a distant-site hospital must promise, from a day on."""
    given = {"signed_on": start, "filed_at": "Contract 12", "terms": HOSPITAL_TERMS} | more
    return Terms(start=start, last_day=last_day, **given)


def agree(actor, facility, start: dt.date = dt.date(2020, 1, 1), **more) -> ProxyAgreement:
    """A written agreement with the hospital Northgate."""
    given = {
        "kind": "hospital",
        "name": "Northgate Medical Center",
        "contact": "mso@northgate.example",
        "title": "Telestroke agreement",
    } | {name: value for name, value in more.items() if name in ("kind", "name", "contact", "title")}
    said = {name: value for name, value in more.items() if name not in given}
    return services.add_agreement(actor=actor, facility=facility, terms=terms(start, **said), **given)


def line(npi: str, name: str = "Ines Calloway", codes: str = "TELE-STROKE", state="", number="") -> str:
    """One line of a list."""
    return f"{npi},{name},{codes},{state},{number}\n"


def load(actor, agreement, *lines: str, as_of: dt.date | None = None):
    """Make these lines the site's list from a day on (today's, unless one is given)."""
    return services.load_list(
        actor=actor,
        agreement=agreement,
        as_of=as_of or clock.today(agreement.site.facility),
        name="list.csv",
        content=(HEAD + "".join(lines)).encode(),
    )


def listed(actor, facility, *people, **more) -> ProxyAgreement:
    """An agreement in force whose site lists these people, licensed where the facility lies."""
    agreement = agree(actor, facility, **more)
    load(
        actor,
        agreement,
        *(
            line(each.npi, each.display_name.replace(",", ""), state=facility.state, number="1")
            for each in people
        ),
    )
    return agreement
