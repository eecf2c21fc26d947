"""The pictures of queuectl top, and a short film of it."""

from .film import Film
from .painter import DARK, LIGHT, Painter
from .terminal import Session

PICTURES = [
    # name, size, colours, environment, keys
    ("top", (80, 24), DARK, {}, ["4", "j", " ", " ", "j"]),
    ("top-wide", (120, 40), DARK, {}, ["j", "j"]),
    ("top-light", (80, 24), LIGHT, {}, ["4", "j", " ", " ", "j"]),
    ("top-small", (60, 15), DARK, {"NO_COLOR": "1", "LANG": "C"}, ["4", "j", "j"]),
    ("top-job", (80, 24), DARK, {}, ["1", "j", "\r"]),
    ("top-errors", (80, 24), DARK, {}, ["4", "e"]),
    ("top-retry", (80, 24), DARK, {}, ["4", "j", " ", " ", "r"]),
]

SCENES = [
    # keys, and how long their result is shown
    ("", 2), ("4", 2), ("e", 3), ("\r", 1.5), (" ", 0.7), (" ", 1), ("r", 3), ("y", 2.5),
    ("\x1b", 0.7), ("1", 1.5), ("j", 0.7), ("\r", 1), ("", 0.6), ("", 0.6), ("", 0.6), ("", 2),
    ("q", 0.7),
]


def take_pictures(directory):
    for name, (columns, rows), colors, environment, keys in PICTURES:
        background = colors["background"]
        with Session(["queuectl", "top"], columns, rows, background, **environment) as session:
            session.shows("Enter Details")
            session.read(1.2)
            session.press(*keys)
            session.read(1.2)
            Painter(colors).paint(session.screen, f"{directory}/{name}.png")
        print(f"screenshots/{name}.png")


def take_film(directory):
    with Session(["queuectl", "top"], 80, 24) as session:
        session.shows("Enter Details")
        film = Film(Painter(DARK), 80, 24)
        for keys, seconds in SCENES:
            session.press(*keys)
            session.read(0.6)
            film.take(session.screen, seconds)
    film.write(f"{directory}/top.svg")
    print("screenshots/top.svg")
