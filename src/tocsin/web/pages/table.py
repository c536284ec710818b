"""Every page, with the role it needs. A test makes every visit as every role."""

from tocsin.web.pages import (
    act,
    checks,
    declare,
    drills,
    forms,
    incidents,
    insights,
    jump,
    login,
    oncall,
    postmortems,
    review,
    room,
    runbooks,
    settings,
    status_page,
)

PAGES = (
    *incidents.PAGES,
    *room.PAGES,
    *review.PAGES,
    *forms.PAGES,
    *declare.PAGES,
    *act.PAGES,
    *runbooks.PAGES,
    *checks.PAGES,
    *drills.PAGES,
    *oncall.PAGES,
    *postmortems.PAGES,
    *status_page.PAGES,
    *insights.PAGES,
    *settings.PAGES,
    *jump.PAGES,
    *login.PAGES,
)
