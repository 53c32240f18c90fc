"""Who the page believes to be sitting in front of it, and the way out."""

from __future__ import annotations

from nicegui import ui

from painwatch.config.page import Role
from painwatch.web.access.person import acting, visit_of
from painwatch.web.parts import box, text

ROLE_WORDS = {
    Role.VIEW: "may look",
    Role.ACKNOWLEDGE: "may acknowledge alarms",
    Role.ADMINISTER: "may change everything",
}


def show_visitor(*, everyone_is_local: bool) -> None:
    """The person's name and role, with a button to log out for those who have logged in; nothing if anyone may come."""
    if everyone_is_local:
        return
    person, visit = acting(), visit_of(ui.context.client.request)
    with box("pw-visitor"):
        text("pw-visitor-name", person.name)
        text("pw-visitor-role", ROLE_WORDS[person.role])
        if visit is not None and visit.session is not None:
            with box("pw-logout", "form").props("method=post action=/logout"):
                text("pw-logout-button", "Log out", "button")
