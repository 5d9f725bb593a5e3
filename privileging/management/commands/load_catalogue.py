"""``manage.py load_catalogue``: the example privilege forms, or forms of one's own."""

import datetime as dt
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from config.organization.models import Facility
from privileging.parameters import RESOURCES
from privileging.services.catalogue import load_catalogue, plan_catalogue


class Command(BaseCommand):
    """Thin door over :func:`privileging.services.catalogue.load_catalogue`."""

    help = "Load privilege forms (the examples, or YAML files of your own) and offer them. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="*", type=Path, help="YAML files; none: the example forms")
        parser.add_argument(
            "--facility",
            action="append",
            default=[],
            help="code of a facility; repeat it; none: every facility",
        )

        parser.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
        parser.add_argument("--approved-by", default="", help="the body that approved what is new")
        parser.add_argument("--approved-on", type=dt.date.fromisoformat, help="the day it did, YYYY-MM-DD")

    def handle(self, *args, **options):
        facilities = list(Facility.objects.all())
        known = {facility.code: facility for facility in facilities}
        if unknown := [code for code in options["facility"] if code not in known]:
            raise CommandError(f"There is no facility {', '.join(unknown)}.", returncode=2)
        if options["facility"]:
            facilities = [known[code] for code in options["facility"]]
        if bool(options["approved_by"]) != bool(options["approved_on"]):
            raise CommandError("--approved-by and --approved-on go together.", returncode=2)
        paths = options["files"] or None
        try:
            plans = plan_catalogue(paths)
            self._tell(plans, dry_run=options["dry_run"])
            if options["dry_run"]:
                return
            counts = load_catalogue(
                actor=system_user(),
                facilities=facilities,
                paths=paths,
                approved_by=options["approved_by"],
                approved_on=options["approved_on"],
            )
        except Refused as refused:
            raise CommandError(refused.sentence, returncode=2) from None
        self.stdout.write(
            f"Forms added: {counts['forms']}. Versions added: {counts['versions']}. "
            f"Privileges added: {counts['privileges']}. Unchanged: {counts['unchanged']}."
        )
        if counts["waiting"]:
            self.stdout.write(
                f"Drafts that wait for resources to be declared (parameter {RESOURCES.code}): "
                f"{counts['waiting']}. Publish them in the catalog then."
            )
        if counts["kept"]:
            self.stdout.write(
                f"Examples your medical staff approved, kept as they are: {counts['kept']}. To bring one in "
                "again as a draft, name its file."
            )
        if counts["drafts"]:
            self.stdout.write(f"Drafts, to be approved and then published: {counts['drafts']}.")

    def _tell(self, plans, *, dry_run):
        """What would change, for a dry run, and what a surveyor would ask about."""
        for plan in plans:
            if dry_run:
                state = (
                    "approved by your medical staff, kept as it is"
                    if plan.kept
                    else "unchanged"
                    if plan.unchanged
                    else f"changes against version {plan.against}"
                    if plan.against
                    else "new form"
                )
                self.stdout.write(f"{plan.form.code} {plan.form.version}: {state}")
                for change in plan.changes:
                    name = f"{change.code} {change.name}".strip()
                    self.stdout.write(f"  {change.what}: {name}")
                    for sentence in change.sentences:
                        self.stdout.write(f"    {sentence}")
            for flag in plan.flags:
                self.stdout.write(f"Look at: {flag}")
        if dry_run:
            self.stdout.write("Nothing was written.")
