import pytest

from attune.protocol.encoding import Value
from attune.protocol.fingerprint import digits, fingerprint, safety_number, scan_fits, word_indices, write_qr
from attune.protocol.keys import check_keys, fits, pid_of, verify
from attune.protocol.refusals import Refused
from attune.protocol.tests import vectors

WEAK = vectors.read("weak")
PEOPLE = vectors.read("identities")
ROOM = vectors.read("room")
T, C = (bytes.fromhex(person["pid"]) for person in PEOPLE[:2])


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person["pid"][:8])
def test_a_name_is_the_hash_of_the_keys(person):
    sign_pk, recv_pk = bytes.fromhex(person["sign_pk"]), bytes.fromhex(person["recv_pk"])
    check_keys(sign_pk, recv_pk)
    assert pid_of(sign_pk, recv_pk).hex() == person["pid"]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person["pid"][:8])
def test_a_fingerprint_is_shown_as_digits_and_words(person):
    eight = fingerprint(bytes.fromhex(person["pid"]))
    assert digits(eight) == person["digits"]
    assert word_indices(eight) == person["word_indices"]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person["pid"][:8])
def test_a_sign_in_is_verified(person):
    sign_pk, signature = bytes.fromhex(person["sign_pk"]), bytes.fromhex(person["signature_over_sign-in"])
    fields: list[Value] = ["https://a.example", bytes(16), bytes.fromhex(person["pid"])]
    verify("sign-in", fields, signature, sign_pk)
    assert not fits("sign-in", ["https://b.example", *fields[1:]], signature, sign_pk)
    assert not fits("entry", fields, signature, sign_pk)
    assert not fits("sign-in", fields, signature[:-1], sign_pk)


@pytest.mark.parametrize("name", WEAK["recv_pk"])
def test_a_receiving_key_that_nobody_can_wrap_for_is_refused(name):
    with pytest.raises(Refused, match="weak-key"):
        check_keys(bytes.fromhex(WEAK["sign_pk"]), bytes.fromhex(WEAK["recv_pk"][name]))


@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("point", WEAK["small_order_sign_pk"])
def test_a_small_point_neither_signs_nor_stands_in_a_signature(point, sign):
    weak = bytearray.fromhex(point)
    weak[31] |= sign
    with pytest.raises(Refused, match="weak-key"):
        check_keys(bytes(weak), bytes.fromhex(PEOPLE[0]["recv_pk"]))
    with pytest.raises(Refused, match="bad-signature"):
        verify("entry", [], bytes(weak) + bytes(32), bytes.fromhex(WEAK["sign_pk"]))


def test_a_point_beyond_the_field_is_refused():
    with pytest.raises(Refused, match="weak-key"):
        check_keys((2**255 - 19 + 3).to_bytes(32, "little"), bytes.fromhex(PEOPLE[0]["recv_pk"]))


def test_a_forgery_under_a_small_key_does_not_pass():
    identity = b"\x01" + bytes(31)  # libraries accept R = identity, s = 0 for any message
    assert not fits("entry", ["anything"], identity + bytes(32), identity)


def test_both_sides_see_the_same_safety_number():
    assert safety_number(T, C) == safety_number(C, T) == ROOM["safety_number_t_c"]


def test_a_scan_fits_only_the_pair_that_showed_it():
    code = write_qr(T, C)
    assert code.hex() == ROOM["qr_on_t"]
    assert scan_fits(code, own=C, other=T)
    assert not scan_fits(code, own=T, other=C)
    with pytest.raises(Refused, match="malformed"):
        scan_fits(write_qr(T, C).replace(b"qr", b"rq"), own=C, other=T)
