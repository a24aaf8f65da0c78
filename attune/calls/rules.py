"""Time-limited credentials for the relay, and the relay's configuration. Pure."""

import base64
import hmac
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

# Networks that a relay on the open internet must not be led into: this machine, private and link-local ones, and the ways to
# write an IPv4 address as an IPv6 one, by which coturn 4.6.1 lets its deny lists be passed.
LOOPBACK = ("127.0.0.0-127.255.255.255", "::1")
DENIED = (
    "0.0.0.0-0.255.255.255",
    "10.0.0.0-10.255.255.255",
    "100.64.0.0-100.127.255.255",
    "169.254.0.0-169.254.255.255",
    "172.16.0.0-172.31.255.255",
    "192.0.0.0-192.0.0.255",
    "192.168.0.0-192.168.255.255",
    "198.18.0.0-198.19.255.255",
    "224.0.0.0-255.255.255.255",
    "::1-::ffff:ffff:ffff",  # not from :: on, which coturn takes for any address, and would refuse every IPv4 peer
    "64:ff9b::-64:ff9b::ffff:ffff",
    "64:ff9b:1::-64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
    "2001::-2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
    "2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
)


class OpensLoopback(Exception):
    """A relay that others can reach must not lead into this machine."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Where browsers find the relay: a name or IPv4 address, its port, its media ports (first, last)."""

    host: str
    port: int
    ports: tuple[int, int]

    @property
    def is_on_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def urls(self) -> list[str]:
        host = "127.0.0.1" if self.host == "localhost" else self.host
        return [f"turn:{host}:{self.port}?transport={transport}" for transport in ("udp", "tcp")]


def credentials(secret: str, *, expires: int, tag: str) -> tuple[str, str]:
    """(user name, password) that coturn's use-auth-secret takes until `expires` (Unix ms). `tag` says nothing about anyone."""
    username = f"{expires // 1000}:{tag}"
    digest = hmac.new(secret.encode(), username.encode(), "sha1").digest()
    return username, base64.b64encode(digest).decode()


def tag(secret: str, pid: bytes, aid: bytes) -> str:
    """The same for one person at one appointment, so that the relay can count hers; it says nothing about her to anybody else."""
    return hmac.new(secret.encode(), b"relay tag" + pid + aid, "sha256").hexdigest()[:16]


def coturn(relay: Relay, *, secret: str, folder: Path, loopback_peers: bool, external_ip: str | None = None) -> str:
    """The text of turnserver.conf. Logs nothing: its lines would hold addresses. Raises OpensLoopback.

    `loopback_peers` is for trying things out on one machine; it is refused for a relay that others can reach. `external_ip` is the
    public address of a machine behind address translation.
    """
    if loopback_peers and not relay.is_on_loopback:
        raise OpensLoopback(relay.host)
    lines = [
        "# Written by attune at each start; change the settings instead.",
        f"listening-port={relay.port}",
        f"min-port={relay.ports[0]}",
        f"max-port={relay.ports[1]}",
        "realm=attune",
        "use-auth-secret",
        f"static-auth-secret={secret}",
        "fingerprint",
        "stale-nonce=600",
        "user-quota=60",  # of one person at one appointment, whose broken calls linger for ten minutes
        "no-multicast-peers",
        "no-tcp-relay",  # calls need none, and it would open connections to anywhere in this machine's name
        "no-cli",
        "no-tls",
        "no-dtls",
        "no-rfc5780",
        f"userdb={folder / 'turn.sqlite3'}",
        f"pidfile={folder / 'turn.pid'}",
        "log-file=/dev/null",
        "no-stdout-log",
        "simple-log",
    ]
    if relay.is_on_loopback:
        lines += ["listening-ip=127.0.0.1", "relay-ip=127.0.0.1"]
    if external_ip:
        lines.append(f"external-ip={external_ip}")
    lines += ["allow-loopback-peers"] if loopback_peers else [f"denied-peer-ip={each}" for each in LOOPBACK]
    lines += [f"denied-peer-ip={each}" for each in DENIED]
    return "\n".join(lines) + "\n"
