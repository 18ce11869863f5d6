"""Somebody who looks at the page, and what she can find out about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, expect

CONTROLS = {"button", "checkbox", "combobox", "link", "textbox", "meter", "log", "dialog"}
WITH_PIXELS = """video => {
    const canvas = new OffscreenCanvas(32, 32), pen = canvas.getContext("2d");
    pen.drawImage(video, 0, 0, 32, 32);
    return new Set(pen.getImageData(0, 0, 32, 32).data).size > 4;
}"""
LOUDEST = """async element => {
    const context = new AudioContext(), analyser = context.createAnalyser();
    context.createMediaStreamSource(element.srcObject).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let loudest = 0;
    for (const end = Date.now() + 5000; Date.now() < end && loudest < 0.01; ) {
        await new Promise(next => setTimeout(next, 20));
        analyser.getFloatTimeDomainData(samples);
        loudest = samples.reduce((most, one) => Math.max(most, Math.abs(one)), loudest);
    }
    await context.close();
    return loudest;
}"""
FOCUSED = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    return [one.id || one.name || one.ariaLabel || one.tagName, style.outlineStyle !== "none"];
}"""
REACHABLE = """() => [...document.querySelectorAll("button, select, input, [tabindex='0']")]
    .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled)
    .map(one => one.id || one.name || one.ariaLabel)"""
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter(one => one.checkVisibility() && !one.closest(".unseen, .label, svg, video"))
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().left < -1)
    .map(one => one.id || one.className || one.tagName)"""


@dataclass
class Guest:
    """Her page, and what it has complained of."""

    page: Page
    troubles: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self.note)

    def note(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Uncaught" in message.text:
            self.troubles.append(message.text)

    async def sees(self, view: str) -> None:
        await expect(self.page.locator(f"#{view}")).to_be_visible(timeout=20_000)

    async def reads(self, place: str, text: str) -> None:
        await expect(self.page.locator(place)).to_contain_text(text, timeout=20_000)

    async def join(self, *agreeing: str) -> None:
        for purpose in agreeing:
            await self.page.check(f"[name={purpose}]")
        await self.page.click("#join")
        await self.sees("call")

    async def has_picture(self, place: str) -> bool:
        video = self.page.locator(f"{place} video")
        await expect(video).to_have_js_property("readyState", 4, timeout=20_000)
        return bool(await video.evaluate(WITH_PIXELS))

    async def loudest(self) -> float:
        """The loudest sound that comes from the other one, up to 1."""
        return float(await self.page.locator("#sounds audio").first.evaluate(LOUDEST))

    async def nameless(self) -> list[str]:
        """The controls that a screen reader could not name."""
        session = await self.page.context.new_cdp_session(self.page)
        tree: dict[str, Any] = await session.send("Accessibility.getFullAXTree")
        await session.detach()
        shown = [node for node in tree["nodes"] if not node["ignored"] and node["role"]["value"] in CONTROLS]
        assert len(shown) > 1
        return [node["role"]["value"] for node in shown if not node.get("name", {}).get("value")]

    async def tabbed(self) -> tuple[list[str], set[str]]:
        """What can be reached, and what Tab does reach, with a focus that can be seen."""
        reachable = await self.page.evaluate(REACHABLE)
        reached: set[str] = set()
        for _ in range(len(reachable) + 3):
            await self.page.keyboard.press("Tab")
            name, visible = await self.page.evaluate(FOCUSED)
            if visible:
                reached.add(name)
        return reachable, reached

    async def sticks_out(self, width: int) -> list[str]:
        """What is wider than a window of this width."""
        await self.page.set_viewport_size({"width": width, "height": 740})
        found: list[str] = await self.page.evaluate(TOO_WIDE)
        if await self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("the page")
        return found


@asynccontextmanager
async def guest_in(browser: Browser, place: str, token: str, view: ViewportSize, locale: str) -> AsyncIterator[Guest]:
    """Open her link in a window of her own; nothing on the page may break its rules or fail until she leaves."""
    async with await browser.new_context(viewport=view, locale=locale) as context:
        guest = Guest(await context.new_page())
        guest.listen()
        await guest.page.goto(f"{place}#t={token}" if token else place)
        yield guest
        assert guest.troubles == []
