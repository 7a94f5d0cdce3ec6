"""Who may ask, and from where: everybody else is refused, and nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from page import Page, Reader, open_page
from starlette.datastructures import Headers

from pipeline.web.access import Access

SECRET = "s" * 40


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_page(tmp_path_factory.mktemp("state"), "--sandbox") as running:
        yield running


@pytest.fixture(scope="module")
def user(page: Page) -> Reader:
    return Reader(page)


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1", "localhost:1", "127.0.0.1.evil.test:80"])
def test_a_host_that_is_none_of_ours_is_refused(page: Page, user: Reader, host: str) -> None:
    assert user.client.get("/", headers={"host": host}).status_code == 403


def test_who_has_no_cookie_is_refused(page: Page) -> None:
    for path in ("/", "/runs", "/exports", "/b/0123456789abcdef/correct", "/static/page.css", "/nothing"):
        assert page.visitor().get(path).status_code == 403, path


def test_the_word_of_the_address_is_good_once(page: Page, user: Reader) -> None:
    assert user.shown.status_code == 200
    assert page.visitor().get(page.opening).status_code == 403
    assert page.visitor().get("/open?token=").status_code == 403


def test_a_cookie_is_for_the_server_and_for_this_page_only(page: Page, tmp_path: Path) -> None:
    with open_page(tmp_path / "state", "--sandbox") as other:
        answer = other.visitor().get(other.opening, follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert answer.headers["location"] == "/"


def posts(page: Page) -> list[str]:
    """Every address that a form is sent to, with names that could be there."""
    from pipeline.settings import Settings
    from pipeline.web.access import Access
    from pipeline.web.app import build_app
    from pipeline.web.site import Site

    routes = build_app(Site(Settings(), Access(frozenset()))).routes
    return [
        route.path.format(basket="0123456789abcdef", run="r", job="1", name="n", resource="all", what="w")
        for route in routes
        if "POST" in (getattr(route, "methods", None) or ())
    ]


def test_a_form_from_elsewhere_is_refused_everywhere(page: Page, user: Reader) -> None:
    paths = posts(page)
    assert len(paths) > 10
    for path in paths:
        for headers in ({"origin": "http://evil.test"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            visitor = page.visitor(**headers)
            visitor.cookies.update(user.client.cookies)
            assert visitor.post(path, data={"csrf": user.csrf}).status_code == 403, (path, headers)


def test_a_form_without_the_word_of_the_page_is_refused_everywhere(page: Page, user: Reader) -> None:
    for path in posts(page):
        for word in ("", "0" * 64):
            sent = {"files": {"files": ("a.csv", b"a")}} if path == "/baskets" else {}
            assert user.client.post(path, data={"csrf": word}, **sent).status_code == 403, path


def test_nothing_is_changed_by_a_get(page: Page, user: Reader) -> None:
    user.go("/")
    for path in posts(page):
        if path.endswith(("/understood", "/exports")):
            continue  # a page of its own stands there too
        assert user.client.get(path).status_code in (403, 404, 405), path


def test_every_answer_says_that_it_is_not_to_be_kept_or_framed(page: Page, user: Reader) -> None:
    for path in ("/", "/runs", "/static/page.css", "/nothing"):
        headers = user.client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert not [name for name in headers if name.lower().startswith("access-control")]
    assert page.visitor().get("/").headers["cache-control"] == "no-store"


def test_behind_a_proxy_its_secret_is_asked_for_and_the_user_is_its(tmp_path: Path) -> None:
    with open_page(
        tmp_path / "state", "--sandbox", "--behind-proxy", "--confirmer", "jefa", GIGBULK_WEB_SECRET=SECRET
    ) as page:
        assert page.visitor().get("/").status_code == 403
        assert page.visitor(**{"x-forwarded-user": "ana"}).get("/").status_code == 403
        wrong = {"x-gigbulk-secret": "x" * 40, "x-forwarded-user": "ana"}
        assert page.visitor(**wrong).get("/").status_code == 403
        known = {"x-gigbulk-secret": SECRET, "x-forwarded-user": "ana"}
        assert page.visitor(**known).get("/").status_code == 200
        assert page.visitor(**{**known, "x-forwarded-user": ""}).get("/").status_code == 403


def test_a_user_who_is_named_twice_is_nobody() -> None:
    """A proxy that adds its header to the browser's would let the browser choose."""
    access = Access(frozenset(), SECRET)
    secret = (b"x-gigbulk-secret", SECRET.encode())
    named = [Headers(raw=[secret, *[(b"x-forwarded-user", name)] * n]) for name, n in ((b"jefa", 1), (b"jefa", 2))]
    assert [user and user.name for user in (access.find_user(headers, {}) for headers in named)] == ["jefa", None]


def test_a_name_with_accents_is_who_it_says() -> None:
    access = Access(frozenset(), SECRET, frozenset(["josé@example.mx"]))
    raw = [(b"x-gigbulk-secret", SECRET.encode()), (b"x-forwarded-user", "josé@example.mx".encode())]
    user = access.find_user(Headers(raw=raw), {})
    assert user is not None and user.may_confirm


def test_who_only_prepares_may_not_send(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "internalId,name,legal_name,rfc,email,tax_system,use,zip,country\n"
        "R-1,Ana,ANA LOPEZ,GODE561231GR8,ana@correo.example,612,G03,06700,MEX\n"
    )
    with open_page(
        tmp_path / "state", "--sandbox", "--behind-proxy", "--confirmer", "jefa", GIGBULK_WEB_SECRET=SECRET
    ) as page:
        ana = Reader(page, open_it=False)
        ana.client.headers |= {"x-gigbulk-secret": SECRET, "x-forwarded-user": "ana"}
        ana.go("/").drop(path).confirm()
        assert ana.shown.status_code == 403 and "others confirm" in ana.text


def test_what_one_prepares_another_confirms_and_both_are_named(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "internalId,name,legal_name,rfc,email,tax_system,use,zip,country\n"
        "R-1,Ana,ANA LOPEZ,GODE561231GR8,ana@correo.example,612,G03,06700,MEX\n"
    )
    flags = ("--sandbox", "--behind-proxy", "--confirmer", "jefa", "--confirmer", "jefe")
    with open_page(tmp_path / "state", *flags, GIGBULK_WEB_SECRET=SECRET) as page:
        users = {}
        for name in ("ana", "eva", "jefa"):
            users[name] = Reader(page, open_it=False)
            users[name].client.headers |= {"x-gigbulk-secret": SECRET, "x-forwarded-user": name}
        ana, eva, jefa = users.values()
        basket = ana.go("/").drop(path).basket
        assert "c.csv" not in eva.go("/").text and eva.go(f"/b/{basket}/correct").shown.status_code == 400
        assert "Prepared by others" in jefa.go("/").text and "c.csv" in jefa.text and "ana" in jefa.text
        jefa.go(f"/b/{basket}/confirm").until_read()
        assert "Prepared by ana." in jefa.text
        jefa.confirm().until_sent()
        assert "all is in the account" in jefa.text and "Prepared by ana, sent by jefa." in jefa.text
        run = re.search(r'href="(/runs/[^"]+)"', jefa.shown.text)
        assert run is not None
        assert "prepared by ana, confirmed by jefa" in eva.go(run[1]).text
        assert jefa.go("/").send(f"/b/{basket}/delete").shown.status_code == 400
        ana.go("/").send("/delete-all")
        assert "prepared by ana, confirmed by jefa" in ana.go(run[1]).text


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])  # noqa: S104  (that it is refused)
def test_beyond_this_machine_it_listens_only_behind_a_proxy(tmp_path: Path, address: str) -> None:
    with pytest.raises(AssertionError, match="beyond it"), open_page(tmp_path, "--sandbox", "--listen", address):
        pass


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="32 characters"),
        open_page(tmp_path, "--sandbox", "--behind-proxy", GIGBULK_WEB_SECRET="kurz"),
    ):
        pass
