"""The pictures of queuectl web, by Debian's Chromium and Playwright."""

import shutil
import subprocess

from . import stage

PICTURES = [
    # name, size, palette, page
    ("web", (1280, 860), "dark", "/"),
    ("web-dead", (1280, 640), "light", "/jobs/dead"),
    ("web-job", (1280, 760), "dark", "/job/frame-0412"),
    ("web-phone", (390, 760), "dark", "/jobs/dead"),
]


def take_pictures(directory):
    """Takes none, and says why, where there is no browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return print("screenshots/web*.png stay: playwright is missing (pip install playwright)")
    if not shutil.which("chromium") or not shutil.which("queuectl-web"):
        return print("screenshots/web*.png stay: chromium or queuectl-web is missing")
    server = subprocess.Popen(
        ["queuectl", "web", "--listen", "127.0.0.1:0"], env=stage.environment(), cwd=stage.HOME,
        text=True, stdout=subprocess.PIPE)
    try:
        greeting = server.stdout.readline().split()
        if len(greeting) < 2:
            stage.fail("queuectl web doesn't start; its error is above")
        address = greeting[1]
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for name, (width, height), palette, page in PICTURES:
                context = chromium.new_context(
                    viewport={"width": width, "height": height}, color_scheme=palette)
                tab = context.new_page()
                tab.goto(address)
                tab.wait_for_selector("nav")
                tab.goto(address.split("/#")[0] + page)
                tab.wait_for_selector(".live.on")
                tab.wait_for_timeout(1500)
                tab.screenshot(path=f"{directory}/{name}.png")
                print(f"screenshots/{name}.png")
    finally:
        server.terminate()
        server.wait()
