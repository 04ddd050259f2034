"""Runs a command in a terminal of its own, waits until that is raw, does something to it, and prints what came of it as JSON.

Arguments: `hang-up`, `stop` or a signal's name; the command. Times are only bounds for what never comes.
"""
import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
import time

LONGEST = 30

what, *command = sys.argv[1:]
master, terminal = pty.openpty()


def take_terminal():
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def is_raw():
    return not termios.tcgetattr(terminal)[3] & (termios.ICANON | termios.ECHO)


def wait_for(condition):
    end = time.monotonic() + LONGEST
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def read_output():
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        pass


def state():
    with open(f'/proc/{process.pid}/stat') as file:
        return file.read().rsplit(') ', 1)[1][0]


process = subprocess.Popen(
    command, stdin=terminal, stdout=terminal, stderr=terminal, preexec_fn=take_terminal
)
outcome = {'raw': wait_for(is_raw)}
if what == 'hang-up':
    os.close(terminal)
    os.close(master)
else:
    threading.Thread(target=read_output, daemon=True).start()
    if what == 'stop':
        process.send_signal(signal.SIGSTOP)
        wait_for(lambda: state() == 'T')
        mode = termios.tcgetattr(terminal)
        mode[3] |= termios.ICANON | termios.ECHO
        termios.tcsetattr(terminal, termios.TCSANOW, mode)
        process.send_signal(signal.SIGCONT)
        outcome['rawAgain'] = wait_for(is_raw)
        what = 'SIGTERM'
    process.send_signal(getattr(signal, what))
try:
    # Negative: the signal that ended it.
    outcome['status'] = process.wait(LONGEST)
except subprocess.TimeoutExpired:
    process.kill()
    outcome['status'] = None
if what != 'hang-up':
    outcome['restored'] = not is_raw()
print(json.dumps(outcome))
