"""A recorded session: its output with times, and shortened waits. Becomes an asciicast and a film."""

import contextlib
import json
import random
import time

import pyte

from .film import Film
from .painter import DARK, Painter
from .terminal import Terminal


class Recording:
    """Records a session. Its output is complete and unchanged; parts within `hurrying` play faster."""

    # Faster changes are one picture of the film.
    shortest = 0.06

    def __init__(self, session):
        self.session = session
        self.start = time.monotonic()
        self.events = []
        self.hurries = []
        self.chance = random.Random(1)
        session.listener = lambda text: self.events.append((time.monotonic() - self.start, text))

    def type(self, text):
        """Types at a user's speed."""
        for key in text:
            self.session.write(key)
            self.session.read(self.chance.uniform(0.02, 0.09) * (2 if key == " " else 1))

    @contextlib.contextmanager
    def hurrying(self, seconds):
        """Limits the playing time of the output within it."""
        start = time.monotonic() - self.start
        yield
        self.hurries.append((start, time.monotonic() - self.start, seconds))

    def timed(self):
        """The output with its playing times."""
        for moment, text in self.events:
            saved = 0
            for start, end, seconds in self.hurries:
                rate = max(0, 1 - seconds / (end - start))
                saved += rate * (min(max(moment, start), end) - start)
            yield moment - saved, text

    def write_cast(self, path, title):
        """Source: <https://docs.asciinema.org/manual/asciicast/v2/>"""
        screen = self.session.screen
        header = {"version": 2, "width": screen.columns, "height": screen.lines, "title": title,
                  "env": {"SHELL": "/bin/bash", "TERM": "xterm-256color"}}
        with open(path, "w") as file:
            for line in [header, *([round(moment, 3), "o", text] for moment, text in self.timed())]:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def write_film(self, path, pause):
        """- pause: how long the end is shown before the film restarts."""
        columns, rows = self.session.screen.columns, self.session.screen.lines
        film = Film(Painter(DARK), columns, rows)
        screen = Terminal(columns, rows)
        stream = pyte.Stream(screen)
        since = 0
        for moment, text in self.timed():
            if moment - since >= self.shortest:
                film.take(screen, moment - since, cursor=True)
                since = moment
            stream.feed(text)
        film.take(screen, pause, cursor=True)
        film.write(path)
