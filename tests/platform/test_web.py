"""The answer to an address that is too long to be read."""

from config.web import LONGEST_ADDRESS, Worker, too_long


def test_it_is_a_page_of_ours_with_a_sentence():
    head, _, page = too_long().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 414 ")
    assert f"Content-Length: {len(page)}".encode() in head
    assert b"This is too long to be asked" in page
    assert b"Traceback" not in page
    assert issubclass(Worker, object)
    assert LONGEST_ADDRESS == 8190
