"""A TCP proxy on loopback that simulates network faults.

It forwards bytes between its clients and one service, on its own threads, and can cut a
connection after a number of bytes, or silence the open ones: they stay open but forward nothing.
"""
import contextlib
import random
import socket
import threading

CHUNK = 4096


class Proxy:
    """Listens on `address`; `cuts` is the number of connections that it has cut."""

    def __init__(self, target_port, seed=None, cut_bytes=None):
        """`cut_bytes`: (min, max) bytes that a connection carries before it is cut."""
        self._target_port = target_port
        self._random = random.Random(seed)
        self._cut_bytes = cut_bytes
        self._lock = threading.Lock()
        self._flows = []  # one Event per connection: cleared once it is silent
        self._sockets = set()
        self._threads = []
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def silence(self):
        """Stops forwarding on the open connections without closing them, as when a cable is
        pulled. Later connections work."""
        with self._lock:
            for flow in self._flows:
                flow.clear()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            for flow in self._flows:
                flow.set()
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def _start(self, run, *arguments):
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                service = socket.create_connection(("127.0.0.1", self._target_port))
            except OSError:
                client.close()  # the service is down
                continue
            budget, flow = Budget(self._draw()), threading.Event()
            flow.set()
            with self._lock:
                self._sockets |= {client, service}
                self._flows.append(flow)
            self._start(self._pump, client, service, budget, flow)
            self._start(self._pump, service, client, budget, flow)

    def _draw(self):
        with self._lock:
            return self._random.randint(*self._cut_bytes) if self._cut_bytes else None

    def _pump(self, source, sink, budget, flow):
        """Forwards bytes in one direction; both directions share the connection's budget."""
        try:
            while data := source.recv(CHUNK):
                flow.wait()
                passed, spent = budget.take(len(data))
                sink.sendall(data[:passed])
                if spent:
                    with self._lock:
                        self.cuts += 1
                    break
        except OSError:
            pass
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        if budget.is_last():
            with self._lock:
                self._sockets -= {source, sink}
            source.close()
            sink.close()


class Budget:
    """Number of bytes that a connection may still carry; None: unlimited."""

    def __init__(self, left):
        self._left = left
        self._lock = threading.Lock()
        self._pumps = 2

    def take(self, size):
        """(how many of `size` bytes to forward, whether to cut now; True only once)."""
        with self._lock:
            if self._left is None:
                return size, False
            passed = min(size, self._left)
            spent = 0 < self._left <= size
            self._left -= passed
            return passed, spent

    def is_last(self):
        with self._lock:
            self._pumps -= 1
            return self._pumps == 0


@contextlib.contextmanager
def proxied(service, **options):
    proxy = Proxy(service.port, **options)
    try:
        yield proxy
    finally:
        proxy.close()
