"""The README's film: in top above, jobs that are enqueued below run; one fails, backs off and dies, and is fixed and
retried. Two terminals in tmux."""

import shutil

from . import shop, stage
from .recording import Recording
from .terminal import Session

COLUMNS, ROWS, BELOW = 100, 30, 9

PROGRAMS = {
    "resize": "for n in $(seq 60); do queuectl progress $((n * 100 / 60)) \"photo $n of 60\"; sleep 1; done",
    "send-news": "test -e mailhost || { echo mailhost is missing; exit 1; }\n"
    "for n in $(seq 14); do echo \"$((n * 50)) of 700 sent by $(cat mailhost)\"; sleep 0.4; done",
}

# F11 and F12 select the upper and lower terminal; they aren't shown.
ABOVE, UNDER = "\x1b[23~", "\x1b[24~"
TMUX = """
set -g status off
set -g default-terminal tmux-256color
set -g escape-time 0
set -g destroy-unattached on
set -g pane-border-status top
set -g pane-border-format " #{pane_title} "
set -g pane-border-style fg=colour8
set -g pane-active-border-style fg=green
bind -n F11 select-pane -U
bind -n F12 select-pane -D
"""


def take_film(directory):
    if not shutil.which("tmux"):
        stage.fail("tmux is missing: apt-get install tmux")
    stage.write_programs(PROGRAMS)
    with open(f"{stage.HOME}/.tmux.conf", "w") as file:
        file.write(TMUX)
    shop.enqueue(*(shop.job(f"invoice-{number}", f"echo invoice {number}") for number in (501, 502, 503)))
    shop.run("worker", "start", "--drain")
    shell = ["bash", "--norc", "--noprofile", ";", "select-pane"]
    words = [
        "tmux", "-L", "story", "new-session", *shell, "-T", "terminal 1", ";",
        "split-window", "-l", str(BELOW), *shell, "-T", "terminal 2", ";", "select-pane", "-U"]
    with Session(words, COLUMNS, ROWS, TMUX_TMPDIR=stage.HOME) as session:
        recording = Recording(session)
        # The film opens with top.
        with recording.hurrying(0.1):
            session.until(lambda: sum(line.rstrip() == "$" for line in session.screen.display) == 2,
                          "two prompts")
            session.write("queuectl top\r")
            session.shows("invoice-503")
        tell(session, recording)
    recording.write_cast(f"{directory}/demo.cast", "queuectl: a job fails, dies, and is retried")
    print("screenshots/demo.cast")
    recording.write_film(f"{directory}/demo.svg", pause=4)
    print("screenshots/demo.svg")


def tell(session, recording):
    read, shows, press = session.read, session.shows, session.press

    def enter(line, *shown, look=1.0):
        """Types a line, and pauses on its output."""
        recording.type(line)
        read(0.3)
        session.write("\r")
        for text in shown:
            shows(text)
        read(look)

    read(2)
    session.write(UNDER)
    enter("queuectl enqueue --id photos -- ./resize --width 800 shop")
    enter("queuectl enqueue --id news --max-retries 2 -- ./send-news november")
    enter("queuectl worker start --count 2 --detach", "2 workers started", "mailhost is missing", look=2)
    with recording.hurrying(1.5):
        shows("dead 1!")
    read(1.5)
    enter("queuectl dlq list", "LAST LINE", look=2)
    enter("echo mail.example.org > mailhost", look=0.5)
    session.write(ABOVE)
    press("4")
    read(2)
    press("r")
    read(2.2)
    press("y")
    read(1)
    press("1")
    read(1.5)
    press("\r")
    shows("LOG of attempt")
    read(3)
    with recording.hurrying(1.5):
        shows(" completed  ")
    read(1)
    press("q")
    read(1)
    session.write(UNDER)
    recording.type("queuectl worker stop")
    session.write("\r")
    read(2.5)
    with recording.hurrying(2.5):
        session.until(lambda: session.screen.shows("2 workers stopped"), "the stop", seconds=90)
    session.write(ABOVE)
    press("5")
    read(1.5)
