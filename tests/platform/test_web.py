"""The answer to an address that is too long to be read, and what the access log leaves out."""

import datetime as dt
from types import SimpleNamespace

from gunicorn.config import Config

from config.web import LONGEST_ADDRESS, Log, Worker, too_long


def test_it_is_a_page_of_ours_with_a_sentence():
    head, _, page = too_long().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 414 ")
    assert f"Content-Length: {len(page)}".encode() in head
    assert b"This is too long to be asked" in page
    assert b"Traceback" not in page
    assert issubclass(Worker, object)
    assert LONGEST_ADDRESS == 8190


def test_the_access_log_leaves_out_what_makes_a_signed_link_open():
    secret = "QKNkgGFgm51NYV2TAiA62yN0SpeuB_mVo9K_vbgAHHk"
    path = f"/answer/{secret}/"
    response = SimpleNamespace(status="200 OK", sent=10, headers=[])
    request = SimpleNamespace(headers=[("REFERER", f"http://localhost{path}")])
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": path,
        "PATH_INFO": path,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"http://localhost{path}",
    }
    atoms = Log(Config()).atoms(response, request, environ, dt.timedelta(seconds=1))
    assert atoms["r"] == "GET /answer/.../ HTTP/1.1"
    assert secret not in repr(list(atoms.values()))
