"""A program in a pseudo terminal, with its screen."""

import codecs
import errno
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte

from . import stage

# pyte drops dim. Italics, unused here, stand in for it.
pyte.graphics.TEXT[2] = "+italics"
pyte.graphics.TEXT[22] = "-bold"


class Terminal(pyte.Screen):
    """pyte's screen, with the scrolling it lacks."""

    def scroll_up(self, count=1):
        self.scroll(count or 1, at_top=False)

    def scroll_down(self, count=1):
        self.scroll(count or 1, at_top=True)

    def scroll(self, count, at_top):
        top, bottom = self.margins or (0, self.lines - 1)
        row, column = self.cursor.y, self.cursor.x
        self.cursor.y = top if at_top else bottom
        for _ in range(count):
            self.reverse_index() if at_top else self.index()
        self.cursor.y, self.cursor.x = row, column

    def shows(self, text):
        return any(text in line for line in self.display)


pyte.Stream.csi = {**pyte.Stream.csi, "S": "scroll_up", "T": "scroll_down"}
pyte.Stream.events = pyte.Stream.events | {"scroll_up", "scroll_down"}


class Session:
    """A program in a pseudo terminal of that size, on the stage."""

    def __init__(self, words, columns, rows, background="#000000", **environment):
        self.words = words
        # The reply to the question for the background, OSC 11.
        red, green, blue = (background[place:place + 2] for place in (1, 3, 5))
        self.background = f"\x1b]11;rgb:{red}/{green}/{blue}\x1b\\"
        self.screen = Terminal(columns, rows)
        self.stream = pyte.Stream(self.screen)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        # Called with the output, if set.
        self.listener = None
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.chdir(stage.HOME)
            variables = stage.environment(**environment)
            os.environ["PATH"] = variables["PATH"]
            os.execvpe(words[0], words, variables)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGHUP)
        os.close(self.descriptor)
        os.waitpid(self.pid, 0)

    def read(self, seconds):
        """Reads output during that time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.take_in(left)

    def until(self, is_met, what, seconds=30):
        """Reads output until the screen meets the condition."""
        end = time.monotonic() + seconds
        while not is_met():
            left = end - time.monotonic()
            if left <= 0:
                shown = "\n".join(line.rstrip() for line in self.screen.display)
                stage.fail(f"{' '.join(self.words)} never showed {what}, but:\n{shown}")
            self.take_in(min(left, 0.5))

    def shows(self, text):
        self.until(lambda: self.screen.shows(text), f'"{text}"')

    def take_in(self, seconds):
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return
        try:
            data = os.read(self.descriptor, 1 << 16)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            stage.fail(f"{' '.join(self.words)} has ended before its picture was taken")
        text = self.decoder.decode(data)
        self.stream.feed(text)
        if "\x1b]11;?" in text:
            self.write(self.background)
        if self.listener:
            self.listener(text)

    def write(self, text):
        os.write(self.descriptor, text.encode())

    def press(self, *keys):
        for key in keys:
            self.write(key)
            self.read(0.4)
