"""Tests of web pages with a simulated chip, in a browser that Playwright drives."""

from segl_sim.browser.attach import AsyncWebAuthn, WebAuthn
from segl_sim.browser.requests import Report, Request

__all__ = ["AsyncWebAuthn", "Report", "Request", "WebAuthn"]
