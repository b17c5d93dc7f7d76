"""The picture of the first seconds."""

from __future__ import annotations

from facewright.editor.desktop.splash import Splash


def test_the_splash_says_what_is_being_done(qapp: object) -> None:
    splash = Splash()
    splash.say("Loading the head model…")
    assert splash.isVisible()
    assert "head model" in splash.message()
    splash.close()
