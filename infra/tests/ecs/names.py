"""A DNS server for a private zone, which answers SRV and A from what Cloud Map holds; UDP, one question a message."""

import ipaddress
import socketserver
import struct
import threading

A, SRV, NOERROR, NXDOMAIN = 1, 33, 0, 3


def encode(name):
    """A name as DNS writes it."""
    return b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split(".")) + b"\0"


def question(message):
    """Name and type of the question, and its bytes."""
    at, parts = 12, []
    while message[at]:
        parts.append(message[at + 1 : at + 1 + message[at]].decode())
        at += 1 + message[at]
    (kind,) = struct.unpack(">H", message[at + 1 : at + 3])
    return ".".join(parts).lower(), kind, message[12 : at + 5]


def resource(name, kind, ttl, data):
    """One record."""
    return encode(name) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def answer(message, zones):
    """The whole answer to a message. `zones` gives for a name its TTL and (instance, address, port) of each task."""
    name, kind, asked = question(message)
    records, extra, known = [], [], False
    for zone, (ttl, tasks) in zones().items():
        known = known or name == zone
        for instance, address, port in tasks:
            target = f"{instance}.{zone}"
            packed = resource(target, A, ttl, ipaddress.IPv4Address(address).packed)
            if name == zone and kind == SRV:
                records.append(resource(zone, SRV, ttl, struct.pack(">HHH", 1, 1, port) + encode(target)))
                extra.append(packed)
            elif name == target:
                known = True
                if kind == A:
                    records.append(packed)
    flags = 0x8580 | (NOERROR if known else NXDOMAIN)
    head = message[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, len(extra))
    return head + asked + b"".join(records) + b"".join(extra)


class Handler(socketserver.BaseRequestHandler):
    """One message."""

    def handle(self):
        message, reply = self.request
        reply.sendto(answer(message, self.server.zones), self.client_address)


def serve(address, zones):
    """Serves until the process ends."""
    server = socketserver.ThreadingUDPServer((address, 53), Handler)
    server.daemon_threads = True
    server.zones = zones
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
