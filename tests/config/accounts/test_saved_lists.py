"""Saved lists: kept, shared, renamed, deleted, and never a colleague's to change."""

import pytest
from django.urls import reverse

from config.accounts.choices import Role
from config.accounts.models import SavedList
from config.accounts.selectors.saved_lists import saved_lists
from config.accounts.services.saved_lists import change_list, delete_list, kept_query, save_list
from config.kernel.errors import Forbidden, Refused
from tests.practitioners.conftest import _house, facility, house, system, user_with  # noqa: F401 - fixtures

PAGE = "practitioners:list"


@pytest.fixture
def ada(user_with):  # noqa: F811
    return user_with(Role.CREDENTIALING_COORDINATOR, username="ada")


@pytest.fixture
def ben(user_with):  # noqa: F811
    return user_with(Role.DIRECTOR, username="ben")


def names(viewer):
    return [link.saved.name for link in saved_lists(viewer, PAGE)]


def test_one_sees_ones_own_and_what_is_shared(ada, ben):
    save_list(actor=ada, page=PAGE, name="Mine", query="q=a")
    save_list(actor=ada, page=PAGE, name="For all", query="standing=leave", shared=True)
    save_list(actor=ben, page=PAGE, name="Other", query="")
    assert names(ada) == ["For all", "Mine"]
    assert names(ben) == ["Other", "For all"]
    shared = saved_lists(ben, PAGE, "standing=leave")[1]
    assert (shared.own, shared.active) == (False, True)
    assert shared.url == reverse(PAGE) + "?standing=leave"


def test_only_what_belongs_to_the_list_is_kept():
    assert kept_query("q=a&page=3&format=csv&sort=-npi&standing=") == "q=a&sort=-npi"


def test_names_are_ones_own_and_given_once(ada, ben):
    saved = save_list(actor=ada, page=PAGE, name="  On   leave ", query="")
    assert saved.name == "On leave"
    save_list(actor=ben, page=PAGE, name="On leave", query="")
    for name, told in (("On leave", "already"), (" ", "a name"), ("x" * 81, "longer")):
        with pytest.raises(Refused, match=told):
            save_list(actor=ada, page=PAGE, name=name, query="")
    with pytest.raises(Refused, match="list page"):
        save_list(actor=ada, page="no:where", name="X", query="")
    with pytest.raises(Refused, match="too long"):
        save_list(actor=ada, page=PAGE, name="X", query="q=" + "x" * 1001)


def test_a_colleagues_list_is_theirs(ada, ben):
    saved = save_list(actor=ada, page=PAGE, name="Mine", query="", shared=True)
    with pytest.raises(Forbidden):
        change_list(actor=ben, saved=saved, name="Yours", shared=False)
    with pytest.raises(Forbidden):
        delete_list(actor=ben, saved=saved)
    delete_list(actor=ada, saved=saved)
    with pytest.raises(Refused, match="meanwhile"):
        delete_list(actor=ada, saved=SavedList(pk=saved.pk or 1, user=ada))


def test_from_the_page(client, ada):
    client.force_login(ada)
    listed = client.get(reverse(PAGE), {"q": "smi"})
    assert "Save this list" in listed.content.decode()
    form = reverse("accounts:saved_list_new", args=[PAGE]) + "?q=smi"
    assert client.post(form, {"name": ""}).status_code == 422
    assert client.post(form, {"name": "Smiths", "shared": "on"}).status_code == 303
    page = client.get(reverse(PAGE)).content.decode()
    assert "Smiths" in page
    saved = SavedList.objects.get()
    assert saved.shared
    address = reverse("accounts:saved_list", args=[saved.uid])
    assert client.post(address, {"name": "All Smiths"}).status_code == 303
    assert client.post(reverse("accounts:saved_list_delete", args=[saved.uid])).status_code == 303
    assert not SavedList.objects.exists()
    assert client.get(reverse("accounts:saved_list_new", args=["no:where"])).status_code == 404
