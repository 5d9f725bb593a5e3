"""What each way of running promises: production refuses to guess, browsers get a strict policy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from config.embedded.instance import PROJECT
from config.embedded.isolation import packaged_programs
from config.embedded.servers import valkey_major_version
from config.settings import places
from config.settings.base import cache_location

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "x" * 25 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "STANDING_ENCRYPTION_KEYS": "b25seS1mb3ItdGhlLWNoZWNrLW9ubHktZm9yLXRoZS0=",
    "STANDING_HMAC_KEY": "key",
    "STANDING_SITE_URL": "https://standing.example.org",
    "ALLOWED_HOSTS": "standing.example.org",
    "DATABASE_URL": "postgres://standing_app:secret@database/standing",
    "REDIS_URL": "redis://queue:6379/0",
}


def settings_of(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What every process of production does first."""
    return run(environment, "-c", f"import {environment['DJANGO_SETTINGS_MODULE']}")


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"DJANGO_SETTINGS_MODULE"}))
def test_production_does_not_start_without(name):
    environment = {key: value for key, value in PRODUCTION.items() if key != name}
    done = settings_of(environment)
    assert done.returncode != 0
    assert name in done.stderr


def test_production_has_its_settings_with_all_of_them():
    assert settings_of(PRODUCTION).returncode == 0


def test_production_keeps_its_connections_and_looks_whether_they_still_hold():
    say = (
        "from django.conf import settings; default = settings.DATABASES['default'];"
        "print(default['CONN_MAX_AGE'], default['CONN_HEALTH_CHECKS'])"
    )
    assert run(PRODUCTION, "-c", say).stdout.split() == ["60", "True"]
    assert run(PRODUCTION | {"CONN_MAX_AGE": "0"}, "-c", say).stdout.split() == ["0", "True"]


@pytest.mark.parametrize("keys", ["too-short", "b25seS1mb3ItdGhlLWNoZWNrLW9ubHktZm9yLXRoZS0=,wrong"])
def test_production_refuses_keys_that_cannot_encrypt(keys):
    done = run(PRODUCTION | {"STANDING_ENCRYPTION_KEYS": keys}, "manage.py", "check", "--tag", "security")
    assert done.returncode != 0
    assert "STANDING_ENCRYPTION_KEYS" in done.stderr


def test_services_of_tests_are_in_memory_only_where_that_is_roomy(monkeypatch, tmp_path):
    monkeypatch.delenv("STANDING_TEST_PLACE", raising=False)
    monkeypatch.setattr(places, "ROOMY", 0)
    assert places.place_of_tests(tmp_path) == tmp_path
    assert places.place_of_tests(tmp_path / "none") == Path(tempfile.gettempdir())
    monkeypatch.setattr(places, "ROOMY", 2**60)
    assert places.place_of_tests(tmp_path) == Path(tempfile.gettempdir())
    monkeypatch.setenv("STANDING_TEST_PLACE", "/named")
    assert places.place_of_tests(tmp_path) == Path("/named")


def test_the_policy_allows_nothing_inline():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    allowed = {source for sources in directives.values() for source in sources}
    assert allowed == {"'self'", "'none'", "data:"}
    assert directives["script-src"] == directives["style-src"] == ["'self'"]


def test_the_address_of_the_queue_as_the_cache_writes_it():
    assert cache_location("redis+socket:///run/v.sock?virtual_host=3") == "unix:///run/v.sock?db=3"
    assert cache_location("redis+socket:///run/v.sock") == "unix:///run/v.sock?db=0"
    assert cache_location("redis://queue:6379/0") == "redis://queue:6379/0"


def test_containers_and_embedded_services_have_the_same_major_versions():
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    printed = subprocess.run(
        [str(packaged_programs() / "bin" / "postgres"), "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    major = printed.split()[-1].split(".")[0]
    assert compose["database"]["image"] == f"postgres:{major}"
    assert compose["queue"]["image"] == f"valkey/valkey:{valkey_major_version()}"


def test_every_direct_dependency_says_why_it_is_there():
    section = (PROJECT / "pyproject.toml").read_text().split("dependencies = [", 1)[1].split("\n[build", 1)[0]
    lines = [line for line in section.split("[tool.", 1)[0].splitlines() if line.strip().startswith('"')]
    assert len(lines) > 30
    assert [line for line in lines if not re.search(r'",\s+# .+', line)] == []


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "requirements-dev.txt", "requirements-node.txt", "package-lock.json", ".npmrc"],
)
def test_lock_files_name_no_registry(name):
    text = (PROJECT / name).read_text()
    assert not re.search(
        r"--(index-url|extra-index-url|find-links|trusted-host)|\"resolved\"|registry=", text
    )


def test_locked_packages_carry_hashes():
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-node.txt"):
        entries = re.split(r"\n(?=\S)", Path(PROJECT / name).read_text())
        packages = [entry for entry in entries if re.match(r"[a-z0-9].*==", entry)]
        assert packages
        assert [entry for entry in packages if "--hash=sha256:" not in entry] == []
