"""Pure rules of what the server lets in, beside those of the protocol."""

from attune.core.clock import DAY
from attune.core.errors import Refusal
from attune.protocol.epochs import Epoch, Policy, Role
from attune.protocol.refusals import Refused

MOST_FRAMES_OF_A_START = 16
LONGEST_INVITATION = 366 * DAY
PUSHED_WHOLE = 70_000  # bytes of a frame; longer ones are announced and listed

KNOCK_POLICY: Policy = ((0, 1), (1, 1), (2, 1))

_STATUS = {"old-epoch": 409, "order": 409, "too-big": 413}


def refusal(refused: Refused) -> Refusal:
    """How a rule of the protocol is answered: conflicts are listed and tried again, the rest is final."""
    return Refusal(refused.code, refused.why, status=_STATUS.get(refused.code, 422))


def check_own_space(epoch: Epoch, *, pid: bytes) -> None:
    """A space of one's own holds oneself as keeper and keeps everything."""
    if [(member.pid, member.role) for member in epoch.members] != [(pid, Role.KEEPER)] or epoch.body.policy or epoch.body.proof:
        raise Refusal("unusual-room", "A space of one's own has its owner as keeper, nobody else, and an empty policy.", status=422)


def check_invited_space(epoch: Epoch, *, pid: bytes, keeper: bytes, iid: bytes) -> None:
    """The invited founds: herself as member, the inviter as keeper, with the proof of this invitation. Her device checks the rest."""
    roles = {member.pid: member.role for member in epoch.members}
    if roles.get(pid) is not Role.MEMBER or roles.get(keeper) is not Role.KEEPER:
        raise Refusal("unusual-room", "The invited is a member and the inviter a keeper of the space.", status=422)
    if epoch.body.proof is None or epoch.body.proof[0] != iid:
        raise Refusal("no-proof", "The founding carries no proof of this invitation.", status=422)


def check_knock_space(epoch: Epoch, *, pid: bytes, keeper: bytes) -> None:
    """A knock's space holds the two, without a proof, and keeps what is said in it for a day."""
    roles = [(member.pid, member.role) for member in epoch.members]
    if roles != [(pid, Role.MEMBER), (keeper, Role.KEEPER)] or epoch.body.proof or epoch.body.policy != KNOCK_POLICY:
        raise Refusal("unusual-room", "A knock's space holds who knocks and the keeper, and keeps everything for a day.", status=422)


def invitation_state(*, expires: int, used_at: int | None, revoked_at: int | None, at: int) -> str:
    """open, used, revoked or expired."""
    if used_at is not None:
        return "used"
    if revoked_at is not None:
        return "revoked"
    return "expired" if expires <= at else "open"
