import pytest
from django.core.management import call_command

from config.accounts.choices import Role
from config.kernel.errors import Forbidden
from practitioners.models import TaxonomyCode
from practitioners.services.taxonomy_import import import_taxonomy
from tests.practitioners.conftest import FIXTURES

NUCC = FIXTURES / "nucc" / "taxonomy.csv"
pytestmark = pytest.mark.django_db


def test_codes_come_in_and_a_second_run_changes_nothing(capsys):
    call_command("import_nucc", str(NUCC))
    number = TaxonomyCode.objects.count()
    assert number > 0
    assert f"{number} new" in capsys.readouterr().out
    call_command("import_nucc", str(NUCC))
    assert f"0 new, 0 changed, {number} unchanged, 0 retired" in capsys.readouterr().out
    assert TaxonomyCode.objects.get(pk="208600000X").classification == "Surgery"


def test_a_dry_run_writes_nothing(capsys):
    call_command("import_nucc", str(NUCC), "--dry-run")
    assert "new" in capsys.readouterr().out
    assert not TaxonomyCode.objects.exists()


def test_codes_a_release_no_longer_has_are_retired_not_removed(system, tmp_path):
    import_taxonomy(actor=system, data=NUCC.read_bytes())
    lines = NUCC.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("208600000X")]
    report = import_taxonomy(actor=system, data="".join(kept).encode())
    assert report.retired == 1
    assert TaxonomyCode.objects.get(pk="208600000X").retired
    import_taxonomy(actor=system, data=NUCC.read_bytes())
    assert not TaxonomyCode.objects.get(pk="208600000X").retired


def test_rejected_rows_are_named_and_the_exit_code_says_so(capsys):
    with pytest.raises(SystemExit) as left:
        call_command("import_nucc", str(FIXTURES / "nucc" / "faulty.csv"))
    assert left.value.code == 1
    assert "Rejected. Line" in capsys.readouterr().err


def test_another_file_is_unusable(capsys, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit) as left:
        call_command("import_nucc", str(path))
    assert left.value.code == 2
    assert "not a provider taxonomy" in capsys.readouterr().err


def test_reference_data_is_the_administrators(user_with):
    with pytest.raises(Forbidden):
        import_taxonomy(actor=user_with(Role.CREDENTIALING_COORDINATOR), data=NUCC.read_bytes())
