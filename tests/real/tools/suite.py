# SPDX-License-Identifier: MIT
"""What Python programs do with a system: processes, threads, sockets, shared memory, files, signals, an event loop."""
import asyncio
import concurrent.futures
import ctypes
import fcntl
import http.client
import http.server
import json
import mmap
import multiprocessing
import os
import pathlib
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile
from multiprocessing import shared_memory


def square(number):
    return number * number


class Processes(unittest.TestCase):
    def test_subprocess(self):
        done = subprocess.run([sys.executable, "-c", "import sys; print(sys.stdin.read()[::-1])"], input="abc", text=True,
                              capture_output=True, check=True)
        self.assertEqual(done.stdout, "cba\n")

    def test_subprocess_that_is_killed(self):
        with subprocess.Popen(["sleep", "100"]) as process:
            process.terminate()
            self.assertEqual(process.wait(10), -signal.SIGTERM)

    def test_multiprocessing_by_each_method(self):
        for method in ("fork", "spawn", "forkserver"):
            with self.subTest(method), multiprocessing.get_context(method).Pool(3) as pool:
                self.assertEqual(pool.map(square, range(50)), [number * number for number in range(50)])

    def test_shared_memory_and_semaphores(self):
        segment = shared_memory.SharedMemory(create=True, size=4096)
        try:
            def fill(name, lock):
                other = shared_memory.SharedMemory(name=name)
                with lock:
                    other.buf[0] = 77
                other.close()
            process = multiprocessing.get_context("fork").Process(target=fill, args=(segment.name, multiprocessing.Lock()))
            process.start()
            process.join(10)
            self.assertEqual((process.exitcode, segment.buf[0]), (0, 77))
        finally:
            segment.close()
            segment.unlink()

    def test_signals_and_timers(self):
        seen = []
        signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        signal.sigtimedwait([], 0.5)
        self.assertEqual(seen, [1])

    def test_priority_and_affinity(self):
        self.assertGreaterEqual(os.nice(1), 1)
        os.sched_setaffinity(0, os.sched_getaffinity(0))


class Threads(unittest.TestCase):
    def test_pool(self):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            self.assertEqual(sum(pool.map(square, range(1000))), 332833500)

    def test_event(self):
        event = threading.Event()
        thread = threading.Thread(target=lambda: (time.sleep(0.05), event.set()))
        thread.start()
        self.assertTrue(event.wait(10))
        thread.join()


class Sockets(unittest.TestCase):
    def test_http_on_loopback(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps({"path": self.path}).encode())

            def log_message(self, *_):
                pass
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            client = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
            client.request("GET", "/words")
            self.assertEqual(json.load(client.getresponse()), {"path": "/words"})
            client.close()
            server.shutdown()

    def test_datagrams_and_unix_sockets(self):
        for family, address in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_INET6, ("::1", 0)), (socket.AF_UNIX, "\0words")):
            with self.subTest(family), socket.socket(family, socket.SOCK_DGRAM) as one, socket.socket(family, socket.SOCK_DGRAM) as other:
                one.bind(address)
                other.sendto(b"hello", one.getsockname())
                self.assertEqual(one.recv(10), b"hello")

    def test_descriptors_are_passed(self):
        one, other = socket.socketpair()
        with one, other, tempfile.TemporaryFile() as file:
            socket.send_fds(one, [b"x"], [file.fileno()])
            _, descriptors, _, _ = socket.recv_fds(other, 1, 1)
            self.assertEqual(os.fstat(descriptors[0]).st_ino, os.fstat(file.fileno()).st_ino)
            os.close(descriptors[0])

    def test_epoll_eventfd_and_inotify(self):
        with select.epoll() as poll:
            descriptor = os.eventfd(0, os.EFD_NONBLOCK)
            poll.register(descriptor, select.EPOLLIN)
            os.eventfd_write(descriptor, 3)
            self.assertEqual(poll.poll(5), [(descriptor, select.EPOLLIN)])
            os.close(descriptor)
        watch = ctypes.CDLL(None).inotify_init1(os.O_CLOEXEC)
        self.assertGreaterEqual(watch, 0)
        os.close(watch)

    def test_asyncio(self):
        async def talk():
            async def answer(reader, writer):
                writer.write((await reader.readline()).upper())
                await writer.drain()
                writer.close()
            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"words\n")
            said = await reader.readline()
            process = await asyncio.create_subprocess_exec("echo", "beside", stdout=subprocess.PIPE)
            beside, _ = await process.communicate()
            writer.close()
            server.close()
            return said, beside
        self.assertEqual(asyncio.run(asyncio.wait_for(talk(), 20)), (b"WORDS\n", b"beside\n"))


class Files(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.place)

    def test_trees_links_modes_and_times(self):
        file = self.place / "a" / "b"
        file.parent.mkdir()
        file.write_text("words")
        os.link(file, self.place / "hard")
        (self.place / "soft").symlink_to(file)
        file.chmod(0o640)
        os.utime(file, (1, 2))
        self.assertEqual((file.stat().st_nlink, file.stat().st_mode & 0o777, int(file.stat().st_mtime)), (2, 0o640, 2))
        shutil.copytree(self.place / "a", self.place / "copy")
        self.assertEqual((self.place / "copy/b").read_text(), "words")

    def test_locks_mappings_and_holes(self):
        with open(self.place / "file", "w+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            fcntl.lockf(file, fcntl.LOCK_UN)
            os.posix_fallocate(file.fileno(), 0, 8192)
            with mmap.mmap(file.fileno(), 8192) as mapping:
                mapping[4096:4101] = b"words"
                mapping.flush()
            self.assertEqual(os.pread(file.fileno(), 5, 4096), b"words")
            self.assertEqual(os.copy_file_range(file.fileno(), file.fileno(), 4096, 0, 5000), 4096)

    def test_memory_files(self):
        descriptor = os.memfd_create("words")
        os.write(descriptor, b"#!/bin/sh\necho run\n")
        os.close(descriptor)

    def test_databases_and_archives(self):
        with sqlite3.connect(self.place / "words.db") as database:
            database.execute("pragma journal_mode=wal")
            database.execute("create table words (word)")
            database.executemany("insert into words values (?)", [("one",), ("two",)])
            self.assertEqual(database.execute("select count(*) from words").fetchone(), (2,))
        with zipfile.ZipFile(self.place / "z.zip", "w") as archive:
            archive.writestr("word", "words" * 1000)
        self.assertEqual(zipfile.ZipFile(self.place / "z.zip").testzip(), None)


if __name__ == "__main__":
    unittest.main(verbosity=1)
