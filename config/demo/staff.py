"""A large staff for benchmarks: as many practitioners as asked for, written by COPY in constant memory.

Believable in its numbers (a dozen credentials each, ten years of terms and grants, licences renewed and some
that ran out), not in its papers: one piece of evidence per person, and every authority says that it was
generated. No history rows are written.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from django.conf import settings

from bylaws.models import StaffCategory
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.demo.people import SPECIALTIES, STAFF, Specialty
from config.demo.staff_rows import World, Writer
from config.demo.staff_tables import COLUMNS
from config.kernel import clock
from config.kernel.bulk_load import bulk_load
from config.kernel.errors import Refused
from config.organization.models import Department, Facility
from practitioners import store
from practitioners.models import CredentialType, Practitioner, TaxonomyCode
from privileging.models import FormLine

#: Practitioners whose rows are held in memory at once.
CHUNK = 1000
#: The range of the invented NPIs' first nine digits; the demo world's own are of another.
FIRST_NPI, LAST_NPI = 250_000_000, 299_999_999
#: From this many practitioners on, indexes are built after the load.
REBUILD_FROM = 500


def generate_staff(
    *,
    count: int,
    seed: int = 1,
    facility_codes: Sequence[str] = (),
    add: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, int]:
    """Load ``count`` practitioners with credentials, appointments and grants; answers rows by table.

    The facilities (all, or those named), forms and kinds of credentials that exist are used; refused where
    there are none, in production, and in a database that has people unless they are to be added to. The same
    seed in the same database on the same day gives the same people.
    """
    if str(settings.SETTINGS_MODULE).endswith("production"):
        raise Refused("This installation runs with production settings; invented people are not for it.")
    if count < 1:
        raise Refused("Say how many practitioners to generate: at least one.")
    if Practitioner.objects.exists() and not add:
        raise Refused("There are practitioners in this database already; --add generates more beside them.")
    world = _read_world(facility_codes)
    number = _first_free_number()
    if number + count > LAST_NPI:
        raise Refused(f"There are numbers for {LAST_NPI - number:,} more invented practitioners only.")
    source = random.Random(f"{seed}/{number}")  # noqa: S311 - reproducible invention, nothing secret
    with bulk_load(*COLUMNS, rebuild=count >= REBUILD_FROM, say=say) as loader:
        writer = Writer(world, loader, source)
        # One chunk is made while the database takes in the one before: two processes at work, two in memory.
        with ThreadPoolExecutor(1) as pool:
            under_way: Future[None] | None = None
            for start in range(0, count, CHUNK):
                for index in range(start, min(count, start + CHUNK)):
                    writer.person(number + index)
                if under_way is not None:
                    under_way.result()
                under_way = pool.submit(writer.take_chunk().write, loader)
                if (start // CHUNK) % 10 == 9:
                    say(f"  {start + CHUNK:,} practitioners")
            if under_way is not None:
                under_way.result()
    record_event(
        actor=world.actor, verb="demo.staff_generated", subject=world.actor, data={"rows": loader.counts}
    )
    return loader.counts


def _first_free_number() -> int:
    """The nine digits of the first NPI that nobody has yet."""
    last = Practitioner.objects.filter(npi__gte=str(FIRST_NPI * 10)).order_by("-npi").first()
    return int(last.npi[:9]) + 1 if last and last.npi else FIRST_NPI


def _read_world(codes: Sequence[str]) -> World:
    facilities = {facility.code: facility for facility in Facility.objects.all()}
    unknown = [code for code in codes if code not in facilities]
    if unknown:
        raise Refused(f"There is no facility with the code {unknown[0]}.")
    if codes:
        facilities = {code: facilities[code] for code in codes}
    departments: dict[int, dict[str, Department]] = {}
    for department in Department.objects.all():
        departments.setdefault(department.facility_id, {})[department.code] = department
    if not any(departments.get(facility.pk) for facility in facilities.values()):
        raise Refused("There is no facility with departments yet; manage.py seed_demo makes some.")
    lines: dict[str, list[FormLine]] = {}
    published = FormLine.objects.filter(version__status="published").select_related("version__form")
    for line in published.order_by("version", "kind", "order"):
        lines.setdefault(line.version.form.code, []).append(line)
    types = {kind.code: kind for kind in CredentialType.objects.all()}
    category = StaffCategory.objects.filter(code="active").first()
    if not lines or not types or category is None:
        raise Refused("Reference data is missing; load it with: manage.py load_all_reference")
    content = b"Generated for measurements."
    key = store.put(content)
    places = list(_places(facilities, departments, lines))
    if not places:
        raise Refused("None of the facilities has a department and a published form for its people.")
    return World(
        actor=system_user(),
        places=places,
        lines=lines,
        types=types,
        category=category,
        taxonomies=set(TaxonomyCode.objects.values_list("code", flat=True)),
        moment=clock.now(),
        today=clock.today(),
        store_key=key,
        stored=store.stored_bytes(key),
    )


def _places(
    facilities: dict[str, Facility],
    departments: dict[int, dict[str, Department]],
    lines: dict[str, list[FormLine]],
) -> Iterator[tuple[Facility, Specialty, Department]]:
    """Where people of which specialty work, as often as in the demo, on whatever facilities there are."""
    homes = list(facilities.values())
    for number, (code, specialty_code, weight) in enumerate(STAFF):
        specialty = SPECIALTIES[specialty_code]
        facility = facilities.get(code) or homes[number % len(homes)]
        known = departments.get(facility.pk) or {}
        department = known.get(specialty.department) or next(iter(known.values()), None)
        if department is not None and specialty.form in lines:
            yield from [(facility, specialty, department)] * weight
