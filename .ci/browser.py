"""Uses the pages of `queuectl web` as their users would, and as an attacker in the next tab.

Usage: browser.py DIRECTORY-OF-THE-PROGRAMS [DIRECTORY-FOR-PICTURES]
"""

import contextlib
import functools
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

PROGRAMS = pathlib.Path(sys.argv[1]).resolve()
PICTURES = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
EVIL = "<script>document.title=`evil`</script><img src=x onerror=\"document.title=`evil`\">"
PAGES = ["/", "/jobs", "/jobs/dead", "/errors", "/queues", "/workers", "/schedules", "/job/frame",
         "/job/evil%3Cb%3E", "/jobs/dead?q=err:declined", "/schedule?name=nightly",
         "/job/evil%3Cb%3E?find=script", "/job/evil%3Cb%3E?find=script&at=0"]


class Queue:
    """A queue with jobs of all kinds, workers, and a server."""

    def __init__(self, home):
        self.home = pathlib.Path(home)
        self.environment = {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8",
                            "TZ": "UTC", "QUEUECTL_DB": f"{home}/queue.db"}
        self.processes = []

    def run(self, *words, given=None):
        return subprocess.run([PROGRAMS / "queuectl", *words], env=self.environment, input=given,
                              text=True, check=True, capture_output=True, cwd=self.home).stdout

    def start(self, *words):
        process = subprocess.Popen([PROGRAMS / "queuectl", *words], env=self.environment,
                                   text=True, cwd=self.home, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def jobs(self, state):
        return json.loads(self.run("status", "--json"))["jobs"][state]

    def wait_for(self, state, count):
        deadline = time.monotonic() + 60
        while self.jobs(state) != count:
            assert time.monotonic() < deadline, f"{self.jobs(state)} jobs are {state}, not {count}"
            time.sleep(0.1)

    def fill(self):
        jobs = [{"id": f"order-{n}", "queue": "billing", "max_retries": 0,
                 "command": f"echo card {n} declined; exit 1"} for n in range(30)]
        jobs += [{"id": f"mail-{n}", "queue": "mail", "command": "true"} for n in range(60)]
        jobs += [{"id": "evil<b>", "queue": "\"><i>", "max_retries": 0,
                  "command": f"echo '{EVIL}'; printf '\\033[31mred\\n'; exit 3 # {EVIL}"}]
        self.run("enqueue", "-", given="\n".join(json.dumps(job) for job in jobs))
        self.run("schedule", "add", "nightly", "--cron", "30 2 * * *", "--", "echo", EVIL)
        self.start("worker", "start", "--count", "2")
        self.wait_for("dead", 31)
        self.wait_for("completed", 60)
        self.run("enqueue", "--id", "frame", "--queue", "render",
                 "n=0; while :; do n=$((n + 1)); echo \"tile $n\"; sleep 0.2; done")
        self.wait_for("processing", 1)
        self.run("enqueue", "--id", "later", "--delay", "2h", "true")

    def serve(self):
        server = self.start("web", "--listen", "127.0.0.1:0")
        address = server.stdout.readline().split()[1]
        return address, self.run("web", "--print-token").strip()

    def stop(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.run("worker", "stop", "--now")
        for process in self.processes:
            process.terminate()
            process.wait(timeout=30)


class Browser:
    """A browser that is logged in, and that has to keep silent."""

    def __init__(self, chromium, site, address, **options):
        self.site = site
        self.context = chromium.new_context(base_url=site, **options)
        self.page = self.context.new_page()
        self.messages = []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", lambda dialog: self.messages.append(dialog.message))
        if options.get("java_script_enabled", True):
            self.page.goto(address)
            expect(self.page.locator("nav")).to_be_visible()
            assert "token" not in self.page.url, self.page.url
        else:
            self.page.goto(site)
            self.page.get_by_label("Token").fill(address.split("=")[1])
            self.page.get_by_role("button", name="Open").click()
        self.messages.clear()  # That the first page was locked is said, too.

    def open(self, path):
        self.page.goto(path)
        if self.page.locator("#live").count():
            expect(self.page.locator(".live.on")).to_be_visible()
        return self.page

    def close(self):
        said = [message for message in self.messages if "[DOM]" not in message]
        assert not said, said
        self.context.close()


def barriers_and_widths(chromium, site, address):
    """axe finds nothing in either palette, and no page is wider than a small screen."""
    for scheme in "light", "dark":
        # Colours don't depend on the width.
        for width in (1280, 390, 320) if scheme == "light" or PICTURES else (1280,):
            browser = Browser(chromium, site, address, color_scheme=scheme,
                              viewport={"width": width, "height": 844})
            for path in PAGES:
                page = browser.open(path)
                if width != 320:
                    found = Axe().run(page)
                    report = found.generate_report()
                    assert not found.violations_count, f"{path} {scheme}:\n{report}"
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{path} is {wide} wide at {width}"
                assert page.title() != "evil", path
                if PICTURES and width != 320:
                    name = path.strip("/").replace("/", "-") or "overview"
                    name = re.sub("[^a-z-]", "", name)
                    page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
            browser.close()


def hostile_text_is_text(chromium, site, address):
    browser = Browser(chromium, site, address)
    page = browser.open("/job/evil%3Cb%3E")
    expect(page.locator("#log")).to_contain_text(EVIL)
    expect(page.locator("#log")).to_contain_text("^[[31mred")
    page.wait_for_timeout(1500)
    assert page.title() == "evil<b> · queuectl"
    browser.close()


def pages_are_live(queue, chromium, site, address):
    browser = Browser(chromium, site, address)
    page = browser.open("/jobs/pending")
    page.evaluate("window.same = true")
    queue.run("enqueue", "--id", "fresh", "--delay", "3h", "true")
    expect(page.get_by_role("link", name="fresh")).to_be_visible()
    expect(page.locator("nav [aria-current] .figure")).to_have_text("2")
    assert page.evaluate("window.same"), "the page was loaded again"
    page = browser.open("/job/frame")
    before = page.locator("#log").inner_text()
    expect(page.locator("#log")).not_to_have_text(before)
    text = page.locator("#log").inner_text().split()
    numbers = [int(word) for word in text if word.isdigit()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), numbers
    browser.close()


def keys_do_what_they_do_in_top(queue, chromium, site, address):
    browser = Browser(chromium, site, address)
    page = browser.open("/")
    pages = {"1": "/jobs/processing", "6": "/jobs", "e": "/errors", "9": "/schedules",
             "7": "/queues", "8": "/workers", "0": "/", "4": "/jobs/dead"}
    for key, path in pages.items():
        page.keyboard.press(key)
        page.wait_for_url(site + path)
        expect(page.locator(".live.on")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("id:order-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/dead?q=*")
    expect(page.locator("tbody tr")).to_have_count(11)
    expect(page.locator(".live.on")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("tbody tr").nth(1)
    expect(second).to_have_class(re.compile("at"))
    expect(second.locator("a.id")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    expect(page.locator("tbody input:checked")).to_have_count(2)
    # Changes of the list take neither the tags nor the cursor away.
    queue.run("enqueue", "--id", "order-1x", "--max-retries", "0", "echo card declined; exit 1")
    queue.wait_for("dead", 32)
    expect(page.locator("tbody tr")).to_have_count(12)
    expect(page.locator("tbody input:checked")).to_have_count(2)
    page.keyboard.press("r")
    page.wait_for_url("**/ask/*")
    expect(page.get_by_role("heading", name="Retry 2 dead jobs?")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**/jobs/dead?q=*")
    expect(page.locator(".live.on")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url(site + "/jobs/dead")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/job/*")
    expect(page.locator(".live.on")).to_be_visible()
    page.keyboard.press("q")
    page.wait_for_url(site + "/jobs/dead")
    page.keyboard.press("p")
    expect(page.locator("#live")).to_have_text("held; p goes on")
    page = browser.open("/jobs/processing")
    for verb, frozen in ("Pause", 1), ("Resume", 0):
        page.keyboard.press("j")
        page.keyboard.press("z")
        page.wait_for_url("**/ask/*")
        expect(page.get_by_role("heading", name=f"{verb} processing job frame?")).to_be_visible()
        page.keyboard.press("y")
        expect(page.get_by_text(f"{verb.lower()}d 1 job").first).to_be_visible()
        page.keyboard.press("n")
        page.wait_for_url(site + "/jobs/processing")
        expect(page.locator("tr[data-frozen]")).to_have_count(frozen)
        expect(page.get_by_text("FROZEN")).to_have_count(frozen)
    browser.close()


def logs_are_searched_and_runs_are_walked(queue, chromium, site, address):
    queue.run("enqueue", "--id", "twice", "--max-retries", "1", "--backoff-base", "1",
              "seq 2500; echo oops $RANDOM; exit 1")
    dead = queue.jobs("dead")
    queue.wait_for("dead", dead + 1)
    browser = Browser(chromium, site, address)
    page = browser.open("/job/twice")
    latest = page.locator("h2", has_text="Log of run").inner_text()
    page.keyboard.press("[")
    page.wait_for_url("**/job/twice?run=*")
    expect(page.locator(".live.on")).to_be_visible()
    page.keyboard.press("]")
    expect(page.locator("h2", has_text="Log of run")).to_have_text(latest)
    expect(page.locator(".live.on")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("123")
    page.keyboard.press("Enter")
    page.wait_for_url("**find=123*")
    expect(page.locator("#log a")).to_have_count(13)
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(page.locator("#log a").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**&at=*")
    expect(page.locator("#place mark").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(r"/job/twice\?run=\d+$"))
    expect(page.locator("#log")).to_contain_text("oops")
    browser.close()


def schedules_are_run_and_paused(queue, chromium, site, address):
    browser = Browser(chromium, site, address)
    page = browser.open("/schedules")
    for key, words in ("P", "paused schedule"), ("P", "resumed schedule"), ("r", "enqueued"):
        page.keyboard.press("j")
        page.keyboard.press(key)
        page.wait_for_url("**/ask/*")
        page.keyboard.press("y")
        expect(page.locator(".said")).to_contain_text(words)
        page.keyboard.press("n")
        page.wait_for_url("**/schedules")
        expect(page.locator(".live.on")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/schedule?name=nightly")
    expect(page.locator("#history")).to_contain_text("by-hand")
    browser.close()


def all_that_match_need_their_number(queue, chromium, site, address):
    browser = Browser(chromium, site, address)
    dead = queue.jobs("dead")
    page = browser.open("/jobs/dead?q=err:declined")
    page.keyboard.press("R")
    page.wait_for_url("**/ask/*")
    number = page.get_by_label(re.compile("Type"))
    expect(number).to_be_focused()
    number.fill("3")
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_role("alert")).to_contain_text("Type 31 to confirm")
    page.get_by_role("link", name="Back").click()
    page.get_by_label(re.compile("Type")).fill("31")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("retried 31 jobs")
    queue.wait_for("dead", dead)  # They die again.
    browser.messages = [text for text in browser.messages if "422" not in text]
    browser.close()


def without_scripts_forms_act(queue, chromium, site, address):
    browser = Browser(chromium, site, address, java_script_enabled=False)
    page = browser.page
    page.goto("/jobs/dead?q=id:order-2")
    page.get_by_label("Mark order-2", exact=True).check()
    page.get_by_label("Mark order-21").check()
    page.get_by_role("button", name="Discard marked").click()
    expect(page.get_by_role("heading", name="Discard 2 dead jobs?")).to_be_visible()
    dead = queue.jobs("dead")
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".said")).to_have_text("discarded 2 jobs")
    assert queue.jobs("dead") == dead - 2
    page.goto("/queues")
    page.locator("tr", has_text="mail").get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".said")).to_have_text("paused queue mail")
    page.goto("/queues")
    page.get_by_label("Limit of mail").fill("3")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".said")).to_have_text("queue mail runs at most 3 jobs at a time")
    browser.context.close()


ATTACK = """<!doctype html><title>another site</title>
<img src="SITE/jobs/dead"><iframe src="SITE/jobs/dead"></iframe>
<form id="form" method="post" action="SITE/ask" target="sink">
<input name="do" value="discard-all"></form><iframe name="sink"></iframe>
<script>
window.heard = [];
const note = (name) => (value) => window.heard.push(name + ": " + value);
Promise.allSettled([
  fetch("SITE/jobs/dead", { credentials: "include" }).then((r) => r.text()).then(note("read")),
  fetch("SITE/ask", { method: "POST", credentials: "include", mode: "no-cors",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "do=discard-all" }).then((r) => r.text()).then((t) => { if (t) note("posted")(t); }),
  fetch("SITE/api/v1/plans", { method: "POST", credentials: "include",
    headers: { "Content-Type": "application/json" },
    body: '{"do":"discard-all"}' }).then((r) => r.text()).then(note("planned")),
  new Promise((done) => {
    const source = new EventSource("SITE/events?of=/", { withCredentials: true });
    source.onmessage = note("event");
    source.addEventListener("part", note("part"));
    source.onerror = done;
  }),
]).then(() => { document.getElementById("form").submit(); window.done = true; });
</script>"""


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def other_sites_can_do_nothing(queue, chromium, site, address):
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory, "index.html").write_text(ATTACK.replace("SITE", site))
        handler = functools.partial(Silent, directory=directory)
        other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=other.serve_forever, daemon=True).start()
        dead = queue.jobs("dead")
        # Another site, and another port of the same name.
        for name in "127.0.0.1", "queuectl.localhost":
            browser = Browser(chromium, site, address)
            page = browser.page
            page.goto(f"http://{name}:{other.server_port}/")
            page.wait_for_function("window.done")
            page.wait_for_timeout(1000)
            assert page.evaluate("window.heard") == [], page.evaluate("window.heard")
            for frame in page.frames[1:]:
                assert "/job/order-" not in frame.content(), frame.url
            assert queue.jobs("dead") == dead
            browser.context.close()
        other.shutdown()


def a_rebound_name_is_refused(playwright, queue, site):
    port = urllib.parse.urlsplit(site).port
    chromium = launch(playwright, "--host-resolver-rules=MAP evil.example 127.0.0.1")
    page = chromium.new_page()
    response = page.goto(f"http://evil.example:{port}/")
    assert response.status == 421, response.status
    chromium.close()


def launch(playwright, *flags):
    return playwright.chromium.launch(executable_path=shutil.which("chromium"),
                                      args=["--no-sandbox", *flags])


def main():
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        queue = Queue(home)
        try:
            queue.fill()
            address, token = queue.serve()
            site = address.split("/#")[0]
            assert address == f"{site}/#token={token}"
            chromium = launch(playwright)
            for test in (barriers_and_widths, hostile_text_is_text, pages_are_live,
                         keys_do_what_they_do_in_top, logs_are_searched_and_runs_are_walked,
                         schedules_are_run_and_paused, all_that_match_need_their_number,
                         without_scripts_forms_act, other_sites_can_do_nothing):
                begun = time.monotonic()
                queues = [queue] if "queue" in test.__code__.co_varnames[:1] else []
                test(*queues, chromium, site, address)
                print(f"ok {test.__name__.replace('_', ' ')} ({time.monotonic() - begun:.1f} s)")
            a_rebound_name_is_refused(playwright, queue, site)
            print("ok a rebound name is refused")
            chromium.close()
        finally:
            queue.stop()


main()
