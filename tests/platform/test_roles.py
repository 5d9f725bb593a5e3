"""The application's role can work with rows and with nothing else; the owner is another connection."""

import pytest
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, connection, connections, transaction

pytestmark = pytest.mark.django_db


def test_the_application_works_as_a_role_that_owns_nothing():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("standing_app", False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE django_session",
        "ALTER TABLE django_session DISABLE TRIGGER ALL",
        "DROP TABLE django_session",
        "CREATE TABLE somewhere (id int)",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_role_cannot_get_around_the_schema(statement):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_application_role_reads_and_writes_rows():
    Session.objects.create(session_key="one", session_data="", expire_date="2030-01-01T00:00Z")
    Session.objects.update(session_data="changed")
    assert Session.objects.get().session_data == "changed"
    assert Session.objects.all().delete()[0] == 1


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_owner_is_another_connection_to_the_same_database():
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        user, database = cursor.fetchone()
    assert (user, database) == ("standing_owner", connection.settings_dict["NAME"])


def test_extensions_are_there():
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        found = {name for (name,) in cursor.fetchall()}
    assert found >= {"pg_trgm", "btree_gist", "btree_gin", "unaccent", "citext", "fuzzystrmatch"}


@pytest.mark.django_db(transaction=True)
class TestCommittingTests:
    """Whatever a test commits is gone for the next one, although nobody may truncate."""

    @pytest.mark.parametrize("attempt", [1, 2])
    def test_each_finds_a_fresh_database(self, attempt):
        assert Session.objects.count() == 0
        Session.objects.create(session_key="left behind", session_data="", expire_date="2030-01-01T00:00Z")
