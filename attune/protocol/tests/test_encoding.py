from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.protocol.encoding import LARGEST, decode, encode, label
from attune.protocol.refusals import Refused
from attune.protocol.tests import vectors

VECTORS = vectors.read("encoding")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(lambda text: not text.startswith("\ufeff"))
VALUES = st.lists(
    st.recursive(
        st.integers(0, LARGEST) | st.binary(max_size=300) | TEXTS | st.none(), lambda inner: st.lists(inner, max_size=4), max_leaves=12
    ),
    max_size=6,
)


def depth(value):
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def same(value, written):
    """Whether a decoded value is what the vector file writes: bytes as hex, other texts as they are."""
    if isinstance(value, list):
        return isinstance(written, list) and len(value) == len(written) and all(map(same, value, written))
    return value == written or (isinstance(value, bytes) and value.hex() == written)


@pytest.mark.parametrize("good", [good for good in VECTORS["good"] if good["encoded"]], ids=lambda good: good["sha256"][:8])
def test_good_bytes_are_read_and_written_again(good):
    data = bytes.fromhex(good["encoded"])
    value = decode(data)
    assert same(value, good["value_hex_or_text"])
    assert encode(value) == data
    assert sha256(data).hexdigest() == good["sha256"]


def test_a_long_run_of_bytes():
    (long,) = [good for good in VECTORS["good"] if not good["encoded"]]
    assert sha256(encode([bytes(65_536)])).hexdigest() == long["sha256"]


@pytest.mark.parametrize("name", VECTORS["refused"])
def test_other_bytes_are_refused(name):
    with pytest.raises(Refused, match="malformed"):
        decode(bytes.fromhex(VECTORS["refused"][name]))


@pytest.mark.parametrize("value", [-1, LARGEST + 1, True, 1.5, {}, "\ufeffa", "\ud800", [[[[[[[[]]]]]]]]])
def test_what_the_form_cannot_hold_is_not_written(value):
    with pytest.raises(Refused, match="malformed"):
        encode([value])


@given(VALUES)
def test_what_is_written_is_read(values):
    if depth(values) <= 8:
        assert decode(encode(values)) == values


@given(st.binary(max_size=60))
def test_whatever_is_read_is_the_only_form(data):
    with suppress(Refused):
        assert encode(decode(data)) == data


def test_a_label_names_suite_and_purpose():
    assert label("item") == vectors.read("primitives")["label"]
