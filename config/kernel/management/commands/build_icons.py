"""Make ``static/icons/sprite.svg`` from the Tabler icons that ``static/icons/icons.txt`` names."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

LIST = Path("static/icons/icons.txt")
SPRITE = Path("static/icons/sprite.svg")
SOURCE = Path("node_modules/@tabler/icons/icons/outline")

#: Where a page or a navigation entry names an icon.
NAMED = re.compile(r"""(?:{%\s*icon\s+|\bicon(?:_name)?=)["']([a-z0-9-]+)["']""")
ATTRIBUTES = (
    'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
)


class Command(BaseCommand):
    """``build_icons`` writes the sprite; ``build_icons --check`` only says what does not agree."""

    help = "Make the icon sprite from the names in static/icons/icons.txt."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit 1 when something is missing"
        )
        parser.add_argument("--source", type=Path, help="folder of the outline icons of @tabler/icons")

    def handle(self, *args, check: bool = False, source: Path | None = None, **options):
        base = Path(settings.BASE_DIR)
        names = listed(base / LIST)
        if check:
            problems = [
                f"icon {name} is used but not listed in {LIST}" for name in sorted(used(base) - set(names))
            ]
            missing = sorted(set(names) - drawn(base / SPRITE))
            problems += [f"icon {name} is listed but not in {SPRITE}; run build_icons" for name in missing]
            if problems:
                raise CommandError("\n".join(problems))
            return
        folder = source or base / SOURCE
        unknown = [name for name in names if not (folder / f"{name}.svg").is_file()]
        if unknown:
            raise CommandError(f"{folder} has no icon named {', '.join(unknown)}.")
        symbols = "\n".join(symbol(folder / f"{name}.svg") for name in names)
        (base / SPRITE).write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n', encoding="utf-8", newline="\n"
        )
        self.stdout.write(f"{len(names)} icons in {SPRITE}")


def listed(path: Path) -> list[str]:
    """The names in the list, sorted, once each."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sorted({line for line in lines if line and not line.startswith("#")})


def drawn(path: Path) -> set[str]:
    """The names in the sprite."""
    return set(re.findall(r'<symbol id="([^"]+)"', path.read_text(encoding="utf-8")))


def used(base: Path) -> set[str]:
    """The names that templates and Python sources write literally."""
    found: set[str] = set()
    for folder in ("templates", "config", "practitioners", "bylaws", "credentialing", "privileging"):
        for path in (base / folder).rglob("*"):
            if path.suffix in (".html", ".py"):
                found.update(NAMED.findall(path.read_text(encoding="utf-8")))
    return found


def symbol(path: Path) -> str:
    """One icon as a symbol: its drawing without the invisible frame."""
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(encoding="utf-8"), re.DOTALL).group(1)
    drawing = re.sub(r'<path stroke="none"[^>]*/>', "", drawing)
    drawing = " ".join(drawing.split())
    return f'<symbol id="{path.stem}" viewBox="0 0 24 24" {ATTRIBUTES}>{drawing}</symbol>'
