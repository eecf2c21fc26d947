"""Pictures of commands and their output, each typed at a shell's prompt."""

from .painter import DARK, Painter
from .terminal import Session

PICTURES = [
    ("status", "queuectl status"),
    ("list", "queuectl list --limit 14"),
    ("dlq-list", "queuectl dlq list"),
    ("stats", "queuectl stats"),
]

COLUMNS, ROWS = 96, 60


def take_pictures(directory):
    for name, line in PICTURES:
        with Session(["bash", "--norc", "--noprofile"], COLUMNS, ROWS) as session:
            screen = session.screen

            def has_prompt(below):
                row = screen.cursor.y
                return row > below and screen.display[row].rstrip() == "$"

            session.until(lambda: has_prompt(below=-1), "a prompt")
            session.write(f"{line}\n")
            session.until(lambda: has_prompt(below=1), f'the end of "{line}"')
            Painter(DARK).paint(screen, f"{directory}/{name}.png", rows=screen.cursor.y)
        print(f"screenshots/{name}.png")
