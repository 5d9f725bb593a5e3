import datetime as dt
import tracemalloc
import zipfile

import pytest

from practitioners.choices import RegistryStatus
from practitioners.importing.dissemination import looks_like_dissemination, open_dissemination
from practitioners.importing.npi_list import read_npi_list
from practitioners.importing.registry_status import status_of_answer
from practitioners.importing.rejections import Rejected, UnusableFile
from practitioners.rules.npi import npi_from_nine
from tests.nppes_file import deactivated, header, person, text_of, write_file

NPI, OTHER = "2000000101", "2000000119"
ORGANIZATION = "Provider Organization Name (Legal Business Name)"


def read(path):
    with open_dissemination(path) as rows:
        return list(rows)


def one(tmp_path, cells, **options):
    [row] = read(write_file(tmp_path / "file.csv", [cells], **options))
    return row


def test_the_header_has_330_columns():
    assert len(header()) == len(set(header())) == 330


def test_a_row_is_read_by_the_names_of_its_columns(tmp_path):
    row = one(
        tmp_path,
        person(
            NPI,
            "QUILLFEATHER JR.",
            "MARISOL",
            **{
                "Provider Other Last Name": "BRAMBLETHORPE",
                "Provider Other First Name": "MARISOL",
                "Provider Other Last Name Type Code": "1",
                "Other Provider Identifier_1": "0123",
                "Other Provider Identifier Type Code_1": "05",
                "Other Provider Identifier State_1": "IL",
                "Healthcare Provider Taxonomy Code_15": "207R00000X",
                "Provider License Number_15": "A-9",
                "Provider License Number State Code_15": "WI",
                "Healthcare Provider Primary Taxonomy Switch_15": "N",
            },
        ),
        names=list(reversed(header())),
    )
    record = row.record()
    assert (row.number, row.npi, record.sex) == (2, NPI, "F")
    assert (record.name.last_name, record.name.suffix, record.credential) == ("Quillfeather", "Jr.", "MD")
    assert [(name.kind, name.last_name) for name in record.other_names] == [("former", "Bramblethorpe")]
    address = record.practice_address
    assert (address.city, address.postal_code, address.phone) == (
        "Harbor Point",
        "60001-1234",
        "555-555-0142",
    )
    assert [(item.code, item.licence_state, item.primary) for item in record.taxonomies] == [
        ("208600000X", "IL", True),
        ("207R00000X", "WI", False),
    ]
    assert [(item.code, item.value, item.state) for item in record.identifiers] == [("05", "0123", "IL")]
    assert record.last_updated == dt.date(2026, 2, 3)
    assert record.raw["Provider Last Name (Legal Name)"] == "QUILLFEATHER JR."
    assert "" not in record.raw.values()


def test_both_names_of_the_column_of_the_sex_are_known(tmp_path):
    cells = {**person(NPI, "QUILL", "ADA"), "Provider Gender Code": "M"}
    assert one(tmp_path, cells, names=header(sex="Gender")).record().sex == "M"


def test_the_member_of_the_published_zip_is_found(tmp_path):
    path = write_file(tmp_path / "February_2026_V2.zip", [person(NPI, "QUILL", "ADA")])
    assert [row.npi for row in read(path)] == [NPI]


@pytest.mark.parametrize(
    ("cells", "status", "day", "replaced_by"),
    [
        (person(NPI, "QUILL", "ADA"), RegistryStatus.ACTIVE, None, ""),
        (deactivated(NPI, "01/15/2026"), RegistryStatus.DEACTIVATED, dt.date(2026, 1, 15), ""),
        (
            deactivated(NPI, "01/15/2026", **{"Replacement NPI": OTHER}),
            RegistryStatus.DEACTIVATED,
            dt.date(2026, 1, 15),
            OTHER,
        ),
        (
            deactivated(NPI, "01/15/2026", **{"NPI Reactivation Date": "01/15/2026"}),
            RegistryStatus.ACTIVE,
            dt.date(2026, 1, 15),
            "",
        ),
        (
            deactivated(NPI, "01/15/2026", **{"NPI Reactivation Date": "01/14/2026"}),
            RegistryStatus.DEACTIVATED,
            dt.date(2026, 1, 15),
            "",
        ),
    ],
)
def test_a_number_is_deactivated_unless_it_was_reactivated_since(tmp_path, cells, status, day, replaced_by):
    said = one(tmp_path, cells).status
    assert (said.status, said.effective_on, said.replaced_by) == (status, day, replaced_by)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"number": NPI, "basic": {"status": "A", "last_updated": "2026-01-02"}}, ("active", "2026-01-02")),
        ({"number": NPI, "basic": {"status": "D"}}, ("deactivated", None)),
        (
            {"number": NPI, "basic": {"status": "D", "deactivation_date": "2026-03-04"}},
            ("deactivated", "2026-03-04"),
        ),
        ({"number": "123", "basic": {"status": "A"}}, None),
        ({"number": NPI, "basic": {}}, None),
        ([], None),
    ],
)
def test_answers_of_the_api_say_the_status_too(raw, expected):
    said = status_of_answer(raw)
    day = said.effective_on.isoformat() if said and said.effective_on else None
    assert (said and (str(said.status), day)) == expected


def test_organizations_and_bad_numbers_are_rejected_by_row(tmp_path):
    path = write_file(
        tmp_path / "file.csv",
        [
            person(
                NPI,
                "",
                "",
                **{"Entity Type Code": "2", ORGANIZATION: "ACME"},
            ),
            person("2000000102", "QUILL", "ADA"),
        ],
    )
    first, second = (row.record() for row in read(path))
    assert first.sentence == f"Row 2 (NPI {NPI}): ACME is an organization (NPI-2), not a person."
    assert "Row 3 (NPI 2000000102)" in second.sentence
    assert "check digit" in second.sentence


def test_a_row_that_is_cut_off_is_rejected_and_the_others_are_read(tmp_path):
    text = text_of([person(NPI, "QUILL", "ADA"), person(OTHER, "ROWAN", "BEN")])
    path = tmp_path / "file.csv"
    path.write_text(text[: text.rindex('"1 HARBOR')].rstrip(",") + "\n")
    rows = read(path)
    assert rows[0].npi == NPI
    assert isinstance(rows[1], Rejected)
    assert "Row 3: it has 28 columns, the header 330" in rows[1].sentence


def _broken(tmp_path, name):
    whole = text_of([person(NPI, "QUILL", "ADA"), person(OTHER, "ROWAN", "BÉN")] * 40)
    path = tmp_path / ("file.zip" if "zip" in name else "file.csv")
    match name:
        case "empty":
            path.write_bytes(b"")
        case "semicolons":
            path.write_text(text_of([person(NPI, "QUILL", "ADA")], delimiter=";"))
        case "tabs":
            path.write_text(text_of([person(NPI, "QUILL", "ADA")], delimiter="\t"))
        case "missing column":
            names = [name for name in header() if name not in ("NPI Deactivation Date", "Provider Sex Code")]
            path.write_text(text_of([person(NPI, "QUILL", "ADA")], names=names))
        case "twice":
            path.write_text(whole.replace("Taxonomy Group_2", "Taxonomy Group_3", 1))
        case "latin":
            path.write_bytes(whole.encode("latin-1"))
        case "utf-16":
            path.write_bytes(whole.encode("utf-16"))
        case "open quote":
            path.write_text(whole[: whole.rindex("HARBOR STREET")])
        case "nonsense":
            path.write_text(whole + "1,2\n" * 200)
        case "zip cut off":
            content = write_file(path, [person(NPI, "QUILL", "ADA")]).read_bytes()
            path.write_bytes(content[:-100])
        case "zip damaged":
            write_file(path, [person(npi_from_nine(f"2{n:08d}"), "Q", "A") for n in range(300)])
            with zipfile.ZipFile(path) as archive:
                middle = archive.infolist()[0].compress_size * 3 // 4
            content = bytearray(path.read_bytes())
            content[middle : middle + 30] = b"\0" * 30
            path.write_bytes(bytes(content))
        case "zip of something":
            path.write_bytes(b"PK\x05\x06" + b"\0" * 18)
    return path


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("empty", "The file is empty."),
        ("semicolons", "separated by semicolons"),
        ("tabs", "separated by tabs"),
        ("missing column", "its header lacks “NPI Deactivation Date”, “Provider Sex Code”."),
        ("twice", "twice"),
        ("latin", "not text in UTF-8"),
        ("utf-16", "not text in UTF-8"),
        ("open quote", "quotation mark is missing or the file breaks off"),
        ("nonsense", "More than 100 rows do not have the 330 columns"),
        ("zip cut off", "not downloaded to its end"),
        ("zip damaged", "The zip file is damaged"),
        ("zip of something", "holds no file named npidata_pfile_*.csv"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(tmp_path, name, part):
    with pytest.raises(UnusableFile) as caught:
        read(_broken(tmp_path, name))
    assert part in caught.value.sentence


def test_json_is_told_from_the_dissemination(tmp_path):
    path = tmp_path / "answer.json"
    path.write_text('{"results": [{"NPI": 1}]}')
    assert not looks_like_dissemination(path)
    assert looks_like_dissemination(write_file(tmp_path / "renamed.txt", [person(NPI, "QUILL", "ADA")]))


def test_memory_does_not_grow_with_the_file(tmp_path):
    def peak(rows):
        path = write_file(tmp_path / "file.csv", [person(NPI, "QUILL", "ADA")] * rows)
        tracemalloc.start()
        with open_dissemination(path) as read_rows:
            assert sum(1 for _ in read_rows) == rows
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    small = peak(50)
    assert peak(1500) < small * 1.5


def test_a_list_of_npis_has_one_in_each_line():
    found = read_npi_list(f"NPI\n{NPI}\n\n# our surgeons\n{OTHER}  # new\n{NPI}\n2000000102\n".encode())
    assert found.npis == {NPI: 2, OTHER: 5}
    assert "Line 7 of the list of NPIs: The check digit" in found.rejected[0].sentence


@pytest.mark.parametrize("data", [b"", b"# nobody\n", b"\xff\xfe"])
def test_a_list_that_names_nobody_is_a_sentence(data):
    with pytest.raises(UnusableFile):
        read_npi_list(data)
