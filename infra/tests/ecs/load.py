"""Callers that write and read through the balancer without a pause, and count what failed."""

import http.client
import json
import ssl
import threading
import time


class Load:
    """Some callers, each with a connection that it keeps."""

    def __init__(self, port, authority, token, callers=4):
        self.port, self.token = port, token
        self.context = ssl.create_default_context(cadata=authority)
        self.ended = threading.Event()
        self.done, self.failures = 0, []
        self.threads = [threading.Thread(target=self.call, args=(number,), daemon=True) for number in range(callers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(30)

    def call(self, number):
        """One caller."""
        connection, count = None, 0
        while not self.ended.is_set():
            count += 1
            method = "PUT" if count % 2 else "GET"
            fresh = connection is None
            if fresh:
                connection = http.client.HTTPSConnection("localhost", self.port, context=self.context, timeout=15)
            try:
                status, close = self.one(connection, method, f"/v1/collections/smoke-load/items/{number}")
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                connection = None
                # An idle connection may be closed at any time; what was sent on it is sent again, as every client does.
                if fresh:
                    self.failures.append(f"{time.strftime('%X')} {method}: {error!r}")
                else:
                    count -= 1
                continue
            self.done += 1
            if status not in (200, 201, 204):
                self.failures.append(f"{time.strftime('%X')} {method}: {status}")
            if close:
                connection.close()
                connection = None
            time.sleep(0.02)

    def one(self, connection, method, path):
        """One request: its status, and whether the connection ends."""
        fields = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps({"at": time.time()}) if method == "PUT" else None, fields)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.will_close
