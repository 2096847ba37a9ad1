"""Makes system calls of a process fail, using strace."""
import contextlib
import os
import shutil
import subprocess


def unavailable_reason():
    """Why system calls cannot be made to fail here; empty if they can."""
    if not shutil.which("strace"):
        return "needs strace: run deploy/install_packages test"
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as victim:
        try:
            with failing(victim.pid, "fdatasync"):
                return ""
        except AssertionError as error:
            return f"cannot trace a process here: {error}"
        finally:
            victim.kill()


@contextlib.contextmanager
def failing(pid, call, paths=()):
    """In this context, `call` fails with EIO in all threads of the process, on these files only."""
    command = ["strace", "-f", "-p", str(pid), "-o", os.devnull, "-e", f"trace={call}",
               "-e", f"inject={call}:error=EIO"]
    for path in paths:
        command += ["-P", str(path)]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        output = []
        while not any(f"Process {pid} attached" in line for line in output):
            line = tracer.stderr.readline()
            assert line, f"strace: {' '.join(output)}"
            output.append(line.strip())
        yield
    finally:
        tracer.terminate()
        tracer.wait()
        tracer.stderr.close()
