"""What may not stand in templates and in the repository's texts."""

from __future__ import annotations

import re
import subprocess

import pytest
from django.core.management import call_command

from tests.architecture.sources import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
#: What the content security policy would refuse.
INLINE = re.compile(
    r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|hx-on\b"
    r"|<script(?![^>]*(\ssrc=|type=\"application/json\"))",
    re.IGNORECASE,
)
#: Written so that this file does not hold what it looks for.
FORBIDDEN = {
    "a path of one machine": r"/wor[k]/(main|shared)|/tm[p]/standing|/roo[t]/",
    "the address of a package index": r"index-ur[l][= ]+http|npmj[s]\.org|pythonhoste[d]\.org",
    "who typed it": r"\b(Cl[a]ude|Anthr[o]pic|ChatGP[T]|Copil[o]t)\b",
    "a reference to a working issue": r"\bissu[e] #?\d+\b",
}
TEXTS = {".py", ".md", ".html", ".yaml", ".yml", ".toml", ".txt", ".cfg", ".css", ".js", ".json", ".sql", ""}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_needs_an_exception_from_the_content_security_policy(path):
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.DOTALL)
    found = INLINE.search(text)
    assert not found, found


def repository_files():
    """Files that are, or would be, committed."""
    answer = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:  # an unpacked archive has no repository
        return list(ROOT.glob("*.md"))
    return [ROOT / name for name in answer.stdout.splitlines()]


def test_the_project_speaks_of_itself_alone():
    found = []
    for path in repository_files():
        if path.suffix not in TEXTS or not path.is_file() or path.name == "package-lock.json":
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for what, pattern in FORBIDDEN.items():
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path.relative_to(ROOT)}:{line} {what}: {match.group(0)}")
    assert found == []


def test_the_generated_pages_of_the_documentation_are_up_to_date(db):
    call_command("write_docs", check=True)
