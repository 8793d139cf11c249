"""Hands TCP connections on: to one place, or in turn to those that are in the list, as a balancer does."""

import itertools
import socket
import threading


class Relay:
    """A listener whose connections go to one of `targets`; a target that was taken out gets no new ones."""

    def __init__(self, address, port, targets):
        self.targets = list(targets)
        self.turn = itertools.count()
        self.listener = socket.create_server((address, port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        """Takes connections until the process ends."""
        while True:
            caller, _ = self.listener.accept()
            threading.Thread(target=self.carry, args=(caller,), daemon=True).start()

    def connect(self):
        """A connection to the next target that answers."""
        targets = list(self.targets)
        first = next(self.turn)
        for position in range(len(targets)):
            try:
                return socket.create_connection(targets[(first + position) % len(targets)], 5)
            except OSError:
                continue
        return None

    def carry(self, caller):
        """Both ways, until both are at their end."""
        target = self.connect()
        if target is None:
            caller.close()
            return
        target.settimeout(None)
        for side in (caller, target):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=pour, args=(target, caller), daemon=True).start()
        pour(caller, target)


def pour(source, sink):
    """Everything from one side to the other, and the end too."""
    try:
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    except OSError:
        pass
    for side, how in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
        try:
            side.shutdown(how)
        except OSError:
            pass
