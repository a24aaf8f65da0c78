"""Known answers of the secret half, and what must not open."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.headless import files, sealing, unlocking
from attune.headless.identity import Identity
from attune.headless.tests.cast import C, T
from attune.protocol.encoding import encode
from attune.protocol.keys import fits
from attune.protocol.records import read_key_record
from attune.protocol.refusals import Refused
from attune.protocol.tests import vectors

PRIMITIVES = vectors.read("primitives")
PEOPLE = vectors.read("identities")
UNLOCKING = vectors.read("unlocking")
ROOM = vectors.read("room")
KEY = bytes(range(32))


def test_kdf():
    known = PRIMITIVES["kdf"]
    salt, fields = bytes.fromhex(known["salt"]), vectors.unhex(known["fields"])
    assert sealing.kdf(bytes.fromhex(known["key"]), known["name"], *fields, salt=salt).hex() == known["out"]


def test_seal():
    known = PRIMITIVES["seal"]
    key, context = bytes.fromhex(known["key"]), vectors.unhex(known["context"])
    assert sealing.unseal(key, known["name"], context, bytes.fromhex(known["sealed"])).hex() == known["plain"]


def test_a_seal_opens_only_where_it_was_made_for():
    sealed = sealing.seal(KEY, "item", [b"head"], b"plain")
    assert len(sealed) == 48 + 5
    assert sealing.unseal(KEY, "item", [b"head"], sealed) == b"plain"
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for key, name, context, data in [
        (bytes(32), "item", [b"head"], sealed),
        (KEY, "signal", [b"head"], sealed),
        (KEY, "item", [b"other"], sealed),
        (KEY, "item", [b"head"], altered),
        (KEY, "item", [b"head"], sealed[:20]),
    ]:
        with pytest.raises(Refused, match="does-not-open"):
            sealing.unseal(key, name, context, data)


@pytest.mark.parametrize("size", PRIMITIVES["pad"])
def test_pad(size):
    padded = sealing.pad(b"x" * int(size))
    assert sha256(padded).hexdigest() == PRIMITIVES["pad"][size]
    assert sealing.unpad(padded) == b"x" * int(size)


@given(st.binary(max_size=600))
def test_padding_comes_off(data):
    assert sealing.unpad(sealing.pad(data)) == data


@pytest.mark.parametrize("padded", [b"", bytes(255), bytes(512), b"\0\0\0\1" + bytes(251) + b"x", b"\xff" * 256, bytes(300)])
def test_odd_padding_is_refused(padded):
    with pytest.raises(Refused, match="does-not-open"):
        sealing.unpad(padded)


def test_a_text_beyond_the_largest_pad():
    sealing.pad(bytes(65_532))
    with pytest.raises(Refused, match="too-big"):
        sealing.pad(bytes(65_533))


@pytest.mark.parametrize("known", PEOPLE, ids=lambda known: known["pid"][:8])
def test_an_identity_follows_from_its_root(known):
    identity = Identity(bytes.fromhex(known["root"]))
    assert [identity.sign_pk.hex(), identity.recv_pk.hex(), identity.pid.hex()] == [known["sign_pk"], known["recv_pk"], known["pid"]]
    wrapped = known["wrap"]
    assert identity.unwrap(vectors.unhex(wrapped["context"]), bytes.fromhex(wrapped["wrapped"])).hex() == wrapped["key"]
    signature = identity.sign("sign-in", "https://a.example", bytes(16), identity.pid)
    assert signature.hex() == known["signature_over_sign-in"]
    assert fits("sign-in", ["https://a.example", bytes(16), identity.pid], signature, identity.sign_pk)


def test_a_wrap_opens_for_one_person_in_one_context():
    wrapped = sealing.wrap(T.recv_pk, [b"sid", 1, T.pid], KEY)
    assert len(wrapped) == 1168
    assert T.unwrap([b"sid", 1, T.pid], wrapped) == KEY
    for identity, n in ((C, 1), (T, 2)):
        with pytest.raises(Refused, match="does-not-open"):
            identity.unwrap([b"sid", n, T.pid], wrapped)


class TestUnlocking:
    def secret_of(self, name):
        known = UNLOCKING[name]
        if name == "passphrase":
            return unlocking.stretch(known["typed"], known["login"])
        return bytes.fromhex(known["prf_output" if name == "passkey" else "bytes"])

    @pytest.mark.parametrize("name", ["passphrase", "code", "passkey", "room_link"])
    def test_a_known_record_opens(self, name):
        record = bytes.fromhex(UNLOCKING[name]["record"])
        opened = unlocking.open_record(self.secret_of(name), record)
        assert opened.identity.root.hex() == UNLOCKING["root"]
        assert opened.own_sid.hex() == UNLOCKING["own_sid"]

    def test_a_record_that_we_write_opens(self):
        record = unlocking.write_record(KEY, kind=1, identity=T, own_sid=bytes(32))
        assert unlocking.open_record(KEY, record).identity.pid == T.pid
        with pytest.raises(Refused, match="does-not-open"):
            unlocking.open_record(bytes(32), record)

    def test_a_record_is_bound_to_mid_kind_and_pid(self):
        read = read_key_record(unlocking.write_record(KEY, kind=1, identity=T, own_sid=bytes(32)))
        for mid, kind, pid in ((bytes(16), 1, T.pid), (read.mid, 2, T.pid), (read.mid, 1, C.pid)):
            with pytest.raises(Refused, match="does-not-open"):
                unlocking.open_record(KEY, encode([1, mid, kind, pid, read.sealed]))

    def test_the_root_of_another_is_altered(self):
        mid = bytes(16)
        sealed = sealing.seal(sealing.kdf(KEY, "unlock", 1), "unlock", [mid, 1, C.pid], encode([T.root, bytes(32)]))
        with pytest.raises(Refused, match="altered"):
            unlocking.open_record(KEY, encode([1, mid, 1, C.pid, sealed]))

    def test_login_secrets(self):
        for name in ("passphrase", "code"):
            secret = self.secret_of(name)
            known = UNLOCKING[name]["login_secret"]
            assert unlocking.login_secret(secret, origin="https://a.example", login="mary.example") == known
            assert unlocking.login_secret(secret, origin="https://b.example", login="mary.example") != known

    def test_stretching(self):
        assert self.secret_of("passphrase").hex() == UNLOCKING["passphrase"]["stretched"]
        assert unlocking.tidy_passphrase(UNLOCKING["passphrase"]["typed"]) == "Crème brûlée five six"

    def test_a_code_is_typed_in_many_ways(self):
        text = UNLOCKING["code"]["text"]
        eastern = text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        for typed in (
            text,
            text.lower(),
            text.replace("-", " "),
            text.replace("-", " \u2013\n"),
            text.replace("0", "O").replace("1", "l"),
            eastern,
        ):
            assert unlocking.read_code(typed).hex() == UNLOCKING["code"]["bytes"]
        assert unlocking.write_code(bytes.fromhex(UNLOCKING["code"]["bytes"])) == text

    @pytest.mark.parametrize("typed", ["", "000G", "U" * 28, "100G-40R4-0M30-E209-185G-R38E-1ZM0", "000G-40R4-0M30-E209-185G-R38E-1ZM1"])
    def test_a_mistyped_code(self, typed):
        with pytest.raises(Refused, match="mistyped"):
            unlocking.read_code(typed)

    def test_room_links(self):
        secret = bytes.fromhex(UNLOCKING["room_link"]["bytes"])
        assert unlocking.room_link_login(secret) == UNLOCKING["room_link"]["login"]
        fragment = unlocking.write_room_link(secret, keeper=T.pid)
        assert len(fragment) == 43
        assert unlocking.read_room_link(fragment) == (secret, T.pid[:16])
        for torn in (fragment[:-1], fragment + "A", fragment[:-1] + "!"):
            with pytest.raises(Refused, match="torn"):
                unlocking.read_room_link(torn)

    def test_the_passkey_is_asked_for_one_input(self):
        assert unlocking.PRF_INPUT.hex() == UNLOCKING["passkey"]["prf_input"]


class TestFiles:
    BLOB, KEY = b"\5" * 16, b"\6" * 32
    DATA = bytes(range(256)) * 300

    @pytest.mark.parametrize("size", PRIMITIVES["padme"])
    def test_padme(self, size):
        assert files.padme(int(size)) == PRIMITIVES["padme"][size]

    def test_the_known_file(self):
        known = ROOM["file"]
        chunks = files.seal_file(self.DATA, blob=self.BLOB, key=self.KEY)
        assert [sha256(chunk).hexdigest() for chunk in chunks] == known["chunk_sha256"]
        root = files.root_of(chunks, blob=self.BLOB)
        assert root.hex() == known["root"]
        opened = files.open_file(chunks, blob=self.BLOB, key=self.KEY, size=known["size"], root=root)
        assert sha256(opened).hexdigest() == known["sha256"]

    def test_a_cut_lengthened_mixed_or_changed_file(self):
        chunks = files.seal_file(self.DATA, blob=self.BLOB, key=self.KEY)
        root = files.root_of(chunks, blob=self.BLOB)
        changed = [chunks[0][:-1] + bytes([chunks[0][-1] ^ 1]), chunks[1]]
        for bad in (chunks[:1], [*chunks, chunks[0]], chunks[::-1], changed):
            for named in (root, files.root_of(bad, blob=self.BLOB)):
                with pytest.raises(Refused, match="does-not-open"):
                    files.open_file(bad, blob=self.BLOB, key=self.KEY, size=76_800, root=named)
