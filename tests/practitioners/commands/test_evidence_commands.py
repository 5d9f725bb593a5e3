import pytest
from django.core.management import CommandError, call_command

from practitioners import store
from practitioners.choices import Method, SourceKind
from practitioners.services.evidence import add_evidence

pytestmark = pytest.mark.django_db


@pytest.fixture
def piece(coordinator, surgeon):
    return add_evidence(
        actor=coordinator,
        practitioner=surgeon,
        title="License page",
        source="Illinois board",
        source_kind=SourceKind.PRIMARY,
        method=Method.WEB,
        content=b"Active",
        media_type="text/plain",
    )


def test_all_well_is_said_and_exits_with_0(capsys, piece):
    call_command("verify_evidence")
    assert "All well: 1 pieces" in capsys.readouterr().out


def test_what_is_wrong_is_named_and_exits_with_1(capsys, piece):
    store.path_of(piece.store_key).write_bytes(b"Inactive")
    with pytest.raises(SystemExit) as left:
        call_command("verify_evidence")
    assert left.value.code == 1
    assert str(piece.uid) in capsys.readouterr().out


def test_a_checkpoint_says_where_it_is(capsys, piece, settings):
    call_command("write_checkpoint")
    path = capsys.readouterr().out.strip()
    assert path == str(settings.STANDING_CHECKPOINTS / "checkpoint-000001.json")
    call_command("verify_evidence")


def test_a_damaged_last_checkpoint_is_not_covered_up(capsys, piece, settings):
    call_command("write_checkpoint")
    (settings.STANDING_CHECKPOINTS / "checkpoint-000001.json").write_text("{")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("write_checkpoint")
