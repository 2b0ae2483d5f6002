"""A process on a leash hears of its owner's end, however that comes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

_OWNER = """
import subprocess, sys
from sqlstream.deploy.leash import LEASH_VARIABLE, Leash
leash = Leash()
child = '''
from threading import Event
from sqlstream.deploy.leash import on_release
released = Event()
assert on_release(released.set)
assert not on_release(released.set)
print("held", flush=True)
released.wait()
print("released", flush=True)
'''
subprocess.Popen([sys.executable, "-c", child], pass_fds=(leash.end,), env={LEASH_VARIABLE: str(leash.end)})
leash.given()
input()
leash.release()
leash.release()
input()
"""


@pytest.fixture
def owner() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", _OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_it_is_released_when_the_owner_lets_go(owner: subprocess.Popen[str]) -> None:
    with owner:
        assert owner.stdin is not None
        assert owner.stdout is not None
        assert owner.stdout.readline() == "held\n"
        owner.stdin.write("\n")
        owner.stdin.flush()
        assert owner.stdout.readline() == "released\n"
        assert owner.poll() is None
        owner.kill()


def test_it_is_released_when_the_owner_is_killed(owner: subprocess.Popen[str]) -> None:
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "held\n"
        owner.send_signal(signal.SIGKILL)
        assert owner.stdout.read() == "released\n"
